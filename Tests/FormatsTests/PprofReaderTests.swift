// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Formats

@Suite struct PprofReaderTests {
  /// A file of two sample types, `a` without a unit, whose only sample has the values 5 and so on.
  private func file(values: Int) -> [UInt8] {
    let type: [UInt8] = [0x0a, 2, 0x08, 1]
    var sample: [UInt8] = []
    for value in 0..<values { sample += [0x10, UInt8(5 + value)] }
    let strings: [UInt8] = [0x32, 0, 0x32, 1, UInt8(ascii: "a")]
    var file = type + type
    file += [0x12, UInt8(sample.count)]
    return file + sample + strings
  }

  @Test func aSampleNeedsAValueOfEachType() throws {
    let (profile, _) = try PprofReader.profile(of: file(values: 2))
    #expect(profile.samples.map(\.values) == [[5, 6]])
    for count in [0, 1] {
      #expect(throws: ReadingError.missingValues) {
        try PprofReader.profile(of: file(values: count))
      }
    }
  }
}
