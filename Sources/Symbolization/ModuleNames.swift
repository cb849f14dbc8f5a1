// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// What is to be named with the help of one file: an open file and plain values, so that the work can
/// be given to another process.
struct ModuleRequest: Sendable {
  /// What kind of file it is, and what of it is asked for.
  enum Question: Hashable, Sendable {
    /// An object file: offsets in it.
    case object([UInt64])
    /// A perf map: addresses in its process.
    case perfMap([UInt64])
    /// A jitdump: addresses in its process, at a time.
    case jitDump([JITMoment])

    var count: Int {
      switch self {
      case .object(let offsets): offsets.count
      case .perfMap(let addresses): addresses.count
      case .jitDump(let moments): moments.count
      }
    }
  }

  var source: any ByteSource
  /// Where it was mapped from; separate debug files are looked for beside it.
  var path: String
  var question: Question
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
    /// The address that the file was linked for; nil where no segment holds the offset, and in code
    /// without a file.
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
  /// One for each place that was asked for.
  var places: [Place] = []
}
