// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct JSONPartTests {
  @Test func readsWhatIsWritten() throws {
    var json = JSONText()
    json.array { json in for name in hostileNames { json.value(name) } }
    let texts = try JSONPart(json.bytes).array?.compactMap(\.text)
    #expect(texts?.map { Array($0.utf8) } == hostileNames.map { Array($0.utf8) })
  }

  private static let text =
    #" {"a":[1,-2.5e1,true,null,"\u00e9\ud83d\ude00\ud83dx\n"],"b":9007199254740993,"b\u0063":{"#
    + #""a":[],"b":{}},"a\"]":[[{"x":[0]}]],"b":7} "#

  @Test func values() throws {
    let json = try JSONPart(Array(Self.text.utf8))
    let array = try #require(json["a"]?.array.map(Array.init))
    #expect(array.count == 5)
    #expect(array[0].count == 1)
    #expect(array[1].double == -25)
    #expect(array[2].text == nil)
    #expect(array[4].text == "é😀\u{fffd}x\n")
    // Of equal keys the last.
    #expect(json["b"]?.count == 7)
    #expect(json["bc"]?["a"]?.elements.isEmpty == true)
    #expect(json["a\"]"]?.elements.count == 1)
    #expect(json["c"] == nil)
    #expect(try JSONPart(Array("9007199254740993".utf8)).count == 9_007_199_254_740_993)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{a:1}", "[1] 2", "\"abc", "\"\\x\"", "tru", "[1e999]", "-",
    "\"\\u12\"", "[\"\n\"]", "[0x1]", "[nan]", "[1 2]", "{\"a\":1,}",
  ])
  func brokenTextIsAnError(text: String) {
    #expect(throws: ReadingError.self) { try JSONPart(Array(text.utf8)) }
  }

  @Test func deepTextDoesNotOverflowTheStack() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(throws: ReadingError.self) { try JSONPart(Array(text.utf8)) }
  }

  /// Of changed copies of a text, both readers accept the same, and read the same.
  @Test func bothReadersAgree() throws {
    var generator = SeededGenerator(state: 5)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = Array(Self.text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        let byte = Array("{}[]\",:\\u0ab1.e- \n".utf8).randomElement(using: &generator) ?? 0
        bytes[index] = byte
      }
      switch (try? JSONPart(bytes), try? JSONValue(bytes)) {
      case (let part?, let value?):
        accepted += 1
        #expect(same(part, value), "\(String(decoding: bytes, as: UTF8.self))")
      case (nil, nil): break
      default: Issue.record("only one accepts \(String(decoding: bytes, as: UTF8.self))")
      }
    }
    #expect(accepted > 1000)
  }

  private func same(_ part: JSONPart, _ value: JSONValue) -> Bool {
    guard part.text == value.text, part.double == value.double, part.count == value.count,
      (part.array == nil) == (value.array == nil)
    else { return false }
    switch value {
    case .object(let members):
      return members.allSatisfy { key, value in part[key].map { same($0, value) } ?? false }
    case .array(let elements):
      return part.elements.count == elements.count
        && zip(part.elements, elements).allSatisfy { same($0, $1) }
    default: return true
    }
  }
}
