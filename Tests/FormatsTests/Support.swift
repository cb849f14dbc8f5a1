// SPDX-License-Identifier: Apache-2.0

import Formats
import ProfileModel

/// An input that was read into a profile.
struct ReadProfile {
  var profile: Profile
  var facts: InputFacts
  var account: ReadingAccount

  /// Reads an input of any format, as `report` does.
  ///
  /// - Parameter pieces: Bytes of each piece.
  init(
    _ bytes: [UInt8], pieces: Int = .max, readers: [any ProfileReader.Type] = Formats.readers
  ) throws(ReadingError) {
    var input = ProfileInput(readers: readers, size: bytes.count)
    var collector = ProfileCollector(Session())
    var rest = bytes[...]
    while !rest.isEmpty {
      try input.read(Array(rest.prefix(pieces)), into: &collector)
      rest = rest.dropFirst(pieces)
    }
    try input.finish(into: &collector)
    profile = collector.finish()
    facts = input.facts
    account = input.account
  }
}

extension ProfileReader {
  /// Reads an input in this format, whether it is recognized or not.
  static func profile(of bytes: [UInt8]) throws(ReadingError) -> (Profile, ReadingAccount) {
    var reader = Self()
    var collector = ProfileCollector(Session())
    try reader.read(bytes, into: &collector)
    try reader.finish(into: &collector)
    return (collector.finish(), reader.account)
  }
}
