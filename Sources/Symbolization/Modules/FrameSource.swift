// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of a module's debug information: functions, inlined calls and lines at addresses.
///
/// `DebugSource.open` chooses the reader.
protocol FrameSource: AnyObject {
  /// What `SourceFrame.function` is the index of; grows with every batch.
  var functions: [SourceFunction] { get }
  /// Paths of source files, what `SourceFrame.file` is the index of; grows with every batch. The
  /// first is empty and means "not known".
  var files: [String] { get }
  /// Why frames are missing, as far as the batches until now show.
  var limits: [NamingLimit] { get }

  /// The frames at each address, innermost first; empty where nothing is known.
  ///
  /// - Parameter addresses: as linked, ascending.
  func frames(at addresses: [UInt64]) -> [[SourceFrame]]
}

extension FrameSource {
  var limits: [NamingLimit] { [] }
}

/// One function at an address. Of the frames of an address all but the last are inlined.
struct SourceFrame: Hashable {
  /// Index in `functions`; -1 where only the line is known.
  var function: Int32
  /// Index in `files` of the source file of the address, or of the inlined call.
  var file: Int32
  /// Source line of the address, or of the inlined call. 0 for code that the compiler generated.
  var line: UInt32
  /// 0 where not known.
  var column: UInt32
}

/// A function in debug information.
struct SourceFunction {
  /// The linkage name; the name in the source where there is none.
  var name = ""
  var hasLinkageName = false
  /// Index in `files`.
  var file: Int32 = 0
  /// 0 where not known.
  var startLine: UInt32 = 0
}
