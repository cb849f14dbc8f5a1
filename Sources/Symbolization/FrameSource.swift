// SPDX-License-Identifier: Apache-2.0

/// Debug information of a module: functions, inlined calls and lines at addresses.
protocol FrameSource: AnyObject {
  /// What frames refer to; both grow with every batch.
  var functions: [SourceFunction] { get }
  /// Paths; the first one is empty: not known.
  var files: [String] { get }

  /// The frames at each address, innermost first; empty where nothing is known. `addresses` are
  /// sorted.
  func frames(at addresses: [UInt64]) -> [[SourceFrame]]
}

/// One function that an address is in; of the frames of an address all but the last are inlined.
struct SourceFrame: Hashable {
  /// Index in `functions`; -1 where only the line is known.
  var function: Int32
  /// Index in `files`. Where in the function: the line of the address, or of the call that was
  /// inlined. A line of 0 is code that the compiler made up.
  var file: Int32
  var line: UInt32
  var column: UInt32
}

struct SourceFunction {
  /// As the linker knows it, or, where there is none, as the source has it.
  var name = ""
  var hasLinkageName = false
  var file: Int32 = 0
  var startLine: UInt32 = 0
}
