// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

struct ByteWriterTests {
  private func text(_ write: (inout ByteWriter) -> Void) -> String {
    var writer = ByteWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func integers() {
    for number in [0, 7, 10, -1, 1_234_567, Int.max, Int.min] {
      #expect(text { $0.append(decimal: number) } == String(number))
    }
    #expect(text { $0.append(decimal: UInt64.max) } == "18446744073709551615")
  }

  @Test(
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (123_456, "123,456"), (1_234_567, "1,234,567"),
    ] as [(UInt64, String)])
  func groups(number: UInt64, expected: String) {
    #expect(text { $0.append(grouped: number) } == expected)
  }

  @Test(arguments: [
    (2.5, 2, "2.50", "2.5"), (0.005, 2, "0.01", "0.01"), (-0.001, 2, "0.00", "0"),
    (-1.25, 1, "-1.3", "-1.3"), (100, 2, "100.00", "100"), (99.999, 2, "100.00", "100"),
    (7, 0, "7", "7"), (0.05, 2, "0.05", "0.05"), (.nan, 1, "0.0", "0"),
    (.infinity, 1, "0.0", "0"), (1e300, 0, "9223372036854775807", "9223372036854775807"),
  ])
  func fixedPoint(value: Double, places: Int, full: String, trimmed: String) {
    #expect(text { $0.append(value, places: places) } == full)
    #expect(text { $0.append(value, places: places, trimmed: true) } == trimmed)
  }

  @Test func piecesFollowOneAnother() {
    let written = text {
      $0.append("a")
      $0.append(text: "é")
      $0.append(byte: 0x21)
      $0.append(bytes: [0x2c, 0x2d])
      $0.append(bytes: [1, 0x2e, 1][1..<2])
    }
    #expect(written == "aé!,-.")
  }
}
