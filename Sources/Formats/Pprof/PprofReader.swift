// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of pprof's protocol buffer `profile.proto`, written by any tool, once it is
/// decompressed. Format: <https://github.com/google/pprof/blob/main/proto/profile.proto>.
///
/// Each sample type becomes a metric. `PprofMetrics` describes the exception: a clock's samples and
/// nanoseconds become one metric.
package struct PprofReader: WholeProfileReader {
  package static let name = "pprof"

  /// Returns whether an input may be a decompressed protocol buffer: it is binary, and its first
  /// byte is the tag of a message or an integer, as at the beginning of `profile.proto`.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    guard let first = beginning.first, first & 7 == 2 || first & 7 == 0 else { return false }
    return TextBeginning.hasBinaryBytes(beginning)
  }

  package var held: [UInt8] = []
  package private(set) var facts = InputFacts()
  package private(set) var account = ReadingAccount()

  package init() {}

  /// Reads the whole message and sends its samples to `sink`.
  ///
  /// - Parameter bytes: The decompressed message.
  /// - Throws: `ReadingError` for a message that is truncated, malformed or inconsistent.
  package mutating func read(
    whole bytes: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    var message = PprofMessageReader(bytes: bytes)
    facts = try message.read(into: &sink)
    account.good += 1
  }
}
