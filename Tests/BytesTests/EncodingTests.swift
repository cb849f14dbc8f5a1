// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@Suite struct EncodingTests {
  @Test func hexadecimalBothWays() {
    #expect(Hexadecimal.text(of: [0x00, 0x9f, 0xa0, 0xff]) == "009fa0ff")
    #expect(Hexadecimal.bytes(of: "009fA0Ff".utf8) == [0x00, 0x9f, 0xa0, 0xff])
    #expect(Hexadecimal.bytes(of: "".utf8) == [])
  }

  @Test(arguments: ["0", "123", "0g", "-1", " 1", "1 ", "/0", ":0", "@0", "`0", "é"])
  func textThatIsNotHexadecimal(_ text: String) {
    #expect(Hexadecimal.bytes(of: text.utf8) == nil)
  }

  /// The examples of RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func base64BothWays(_ text: String, _ encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == Array(encoded.utf8))
    #expect(Base64.decode(encoded.utf8) == Array(text.utf8))
  }

  @Test func everyByteSurvivesBase64() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 167) }
    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    #expect(Base64.decode("Zm9v\r\nYmFy\n".utf8) == Array("foobar".utf8))
  }

  @Test func partitioningIndexIsTheFirstThatSatisfies() {
    for count in 0...17 {
      let sorted = Array(0..<count)
      for bound in 0...count {
        #expect(sorted.partitioningIndex { $0 >= bound } == bound)
      }
    }
    #expect([1, 3, 3, 3, 5][1...].partitioningIndex { $0 > 3 } == 4)
  }
}
