// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Formats

struct JSONTextTests {
  @Test func hostileTextComesBackAsItWas() throws {
    var json = JSONText()
    json.array { json in for name in hostileNames { json.value(name) } }
    let parsed = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String]
    #expect(parsed?.map { Array($0.utf8) } == hostileNames.map { Array($0.utf8) })
    #expect(!json.bytes.contains { $0 < 0x20 || $0 == UInt8(ascii: "<") })
  }

  @Test func commasStandBetweenMembersOnly() {
    var json = JSONText()
    json.object { json in
      json.object("empty") { _ in }
      json.array("list") { json in
        json.value(1)
        json.array { _ in }
        json.value(2.5)
        json.value(.nan)
      }
      json.member("text", "\"\\\n</x>")
      json.member("last", UInt64.max)
    }
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #"{"empty":{},"list":[1,[],2.5,null],"text":"\"\\\n\u003c/x\u003e","last":18446744073709551615}"#
    )
  }
}
