// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// The answer to a `ModuleRequest`: plain values, so that it can come from another process.
struct ModuleNames: Sendable {
  struct Frame: Hashable, Sendable {
    /// Index in `functions`; -1 where only the line is known.
    var function: Int32
    /// Index in `files` of the source file of the address, or of the inlined call; 0 where not known.
    var file: Int32
    /// 0 where not known.
    var line: UInt32
    /// 0 where not known.
    var column: UInt32
    var isInlined: Bool
  }

  /// The frames of one location of the request.
  struct Entry: Sendable {
    /// The address that the file was linked for; nil where no segment holds the offset, and in code
    /// without a file.
    var address: UInt64?
    /// Innermost first; empty where there is no name.
    var frames: [Frame]
    /// Where there is no name, the address as linked at which the function begins that holds the
    /// location, at most `address`; nil where it is not known either.
    var functionStart: UInt64?
  }

  var buildID: BuildID?
  /// The executable segment of the first location.
  var segment: ElfImage.Segment?
  /// Why names are missing.
  var limits: [NamingLimit] = []
  var functions: [Function] = []
  /// Paths of source files; the first is empty and means "not known".
  var files: [String] = [""]
  /// One for each location of the request, in its order.
  var entries: [Entry] = []
}

extension ModuleNames {
  /// These names, with those of another answer to the same request where this one has no source
  /// lines and the other has.
  func completed(by other: ModuleNames) -> ModuleNames {
    var whole = self
    let (firstFunction, firstFile) = (Int32(functions.count), Int32(files.count))
    whole.functions += other.functions
    whole.files += other.files
    for (index, entry) in other.entries.enumerated()
    where whole.entries[index].hasNoLines && !entry.hasNoLines {
      whole.entries[index].functionStart = nil
      whole.entries[index].frames = entry.frames.map { frame in
        var frame = frame
        if frame.function >= 0 { frame.function += firstFunction }
        // The first file is the same in both: none.
        if frame.file > 0 { frame.file += firstFile }
        return frame
      }
    }
    if other.limits.isEmpty { whole.limits.removeAll(where: \.isOfReader) }
    return whole
  }
}

extension ModuleNames.Entry {
  /// Whether the frames, if there are any, are not from debug information.
  fileprivate var hasNoLines: Bool { frames.allSatisfy { $0.file == 0 } }
}
