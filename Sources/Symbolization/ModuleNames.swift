// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// What is to be named in one file: an open file and plain values, so that the work can be given
/// to another process.
struct ModuleRequest: Sendable {
  var source: any ByteSource
  /// Where it was mapped from; separate debug files are looked for beside it.
  var path: String
  /// Distinct and sorted.
  var fileOffsets: [UInt64]
}

/// The answer: plain values only.
struct ModuleNames: Sendable {
  struct Frame: Hashable, Sendable {
    /// Index in `functions`; -1 where only the line is known.
    var function: Int32
    /// Source file and line of the address, or of the inlined call: index in `files`, whose first
    /// is empty, and 0 where not known.
    var file: Int32
    var line: UInt32
    var column: UInt32
    var isInlined: Bool
  }

  struct Place: Sendable {
    /// The address that the file was linked for; nil where no segment holds the offset.
    var address: UInt64?
    /// Innermost first; empty where there is no name.
    var frames: [Frame]
  }

  var buildID: BuildID?
  /// The executable segment of the places.
  var segment: ElfImage.Segment?
  /// Why there are not more names.
  var limits: [NamingLimit] = []
  var functions: [Function] = []
  var files: [String] = [""]
  /// One for each offset of the request.
  var places: [Place] = []
}
