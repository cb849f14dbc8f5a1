// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The kinds of boxes of a flame graph. The raw values are stored in files and must not change.
public enum BoxKind: UInt8, CaseIterable, Sendable {
  /// The root.
  case all = 0
  /// A thread, or all threads of one name.
  case thread = 1
  /// A function of a program or library.
  case user = 2
  /// A function that the compiler merged into its caller.
  case inlined = 3
  /// A function of the kernel or of a kernel module.
  case kernel = 4
  /// Code in memory without a file, such as JIT code.
  case anonymous = 5
  /// An address of which no mapping is known.
  case unknown = 6
  /// The missing part of a truncated stack.
  case truncated = 7
  /// A process.
  case process = 8

  init(_ kind: FrameKind) {
    self =
      switch kind {
      case .user: .user
      case .inlined: .inlined
      case .kernel: .kernel
      case .anonymous: .anonymous
      case .unknown: .unknown
      }
  }

  /// Whether the box is a function, not a group of samples or a missing part.
  public var isFunction: Bool {
    switch self {
    case .all, .thread, .process, .truncated: false
    case .user, .inlined, .kernel, .anonymous, .unknown: true
    }
  }

  /// The text of legend and tooltip, for readers who cannot distinguish the colours; nil for the kinds
  /// that need none.
  var words: String? {
    switch self {
    case .all, .thread, .process, .user: nil
    case .inlined: "inlined"
    case .kernel: "kernel"
    case .anonymous: "JIT and other code without a file"
    case .unknown: "no mapping known"
    case .truncated: "stack cut short"
    }
  }
}
