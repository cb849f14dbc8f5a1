// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// A request for names of one file: an open file and plain values, so that another process can answer
/// it.
struct ModuleRequest: Sendable {
  /// The kind of file, and the locations in it.
  enum Question: Hashable, Sendable {
    /// An object file: offsets in it, in bytes.
    case object([UInt64])
    /// An object file: addresses that it was linked for. Frames of which only the line is known are
    /// kept.
    case linked([UInt64])
    /// A perf map: addresses of its process.
    case perfMap([UInt64])
    /// A jitdump: addresses of its process at a time.
    case jitDump([TimedAddress])

    /// Whether the file may have debug information.
    var isOfObject: Bool {
      switch self {
      case .object, .linked: true
      case .perfMap, .jitDump: false
      }
    }

    /// Whether the answer may have frames without a function.
    var allowsLinesAlone: Bool {
      if case .linked = self { true } else { false }
    }

    /// Number of locations.
    var count: Int {
      switch self {
      case .object(let offsets): offsets.count
      case .linked(let addresses), .perfMap(let addresses): addresses.count
      case .jitDump(let addresses): addresses.count
      }
    }
  }

  var source: any ByteSource
  /// The path that the file was mapped from. Separate debug files are searched relative to it.
  var path: String
  var question: Question
}
