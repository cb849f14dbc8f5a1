// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Foundation
import TestSupport
import Testing

@testable import Formats

struct JSONValueTests {
  @Test func readsWhatIsWritten() throws {
    var json = JSONText()
    json.array { json in for name in hostileNames { json.value(name) } }
    let texts = try JSONValue(json.bytes).array?.compactMap(\.text)
    #expect(texts?.map { Array($0.utf8) } == hostileNames.map { Array($0.utf8) })
  }

  @Test func values() throws {
    let json = try JSONValue(
      Array(
        #" {"a":[1,-2.5e1,true,null,"\u00e9\ud83d\ude00\ud83dx\n"],"b":9007199254740993} "#.utf8))
    let array = try #require(json["a"]?.array)
    #expect(array[0].count == 1)
    #expect(array[1].double == -25)
    #expect(array[4].text == "é😀\u{fffd}x\n")
    #expect(json["b"]?.count == 9_007_199_254_740_993)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{a:1}", "[1] 2", "\"abc", "\"\\x\"", "tru", "[1e999]", "-",
    "\"\\u12\"", "[\"\n\"]",
  ])
  func brokenTextIsAnError(text: String) {
    #expect(throws: ReadingError.self) { try JSONValue(Array(text.utf8)) }
  }

  @Test func deepTextDoesNotOverflowTheStack() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(throws: ReadingError.self) { try JSONValue(Array(text.utf8)) }
  }
}
