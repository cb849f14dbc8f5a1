// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Recognizes the binary file of `perf record`, to say that `perf script` has to read it first.
struct PerfDataReader: ProfileReader {
  static let name = "perf.data"
  static let isReadable = false
  var facts: InputFacts { InputFacts() }
  var account: ReadingAccount { ReadingAccount() }

  /// The magic number of either byte order (`tools/perf/util/header.c`).
  static func recognizes(_ beginning: [UInt8]) -> Bool {
    beginning.starts(with: "PERFILE2".utf8) || beginning.starts(with: "2ELIFREP".utf8)
  }

  mutating func read(_ piece: [UInt8], into sink: inout some SampleSink) throws(ReadingError) {
    throw .perfData
  }

  mutating func finish(into sink: inout some SampleSink) throws(ReadingError) { throw .perfData }
}
