// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The kind of a flame graph's box: a kind of code, or a group of samples. Raw values are stored in
/// files and must not change.
package enum BoxKind: UInt8, CaseIterable, Sendable {
  /// The root of the call tree, which holds all samples.
  case all = 0
  /// A group of samples below the root: one thread, all threads with the same name, or a CPU or
  /// cgroup that the samples are split by.
  case thread = 1
  /// A function of a program or library in user space.
  case user = 2
  /// A function that the compiler inlined into its caller.
  case inlined = 3
  /// A function of the kernel or of a kernel module.
  case kernel = 4
  /// A function in executable memory without a file, such as JIT code.
  case anonymous = 5
  /// A frame whose address is in no known mapping of the process, so that its code is unknown.
  case unknown = 6
  /// A placeholder for the missing outermost frames of a truncated stack. The box's name is
  /// `[truncated: REASON]`; `Truncation(frameName:)` returns the reason.
  case truncated = 7
  /// A process, which contains its threads.
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

  /// Whether a box of this kind is a function. Otherwise it is a group of samples, such as a
  /// thread, or the missing part of a stack.
  package var isFunction: Bool {
    switch self {
    case .all, .thread, .process, .truncated: false
    case .user, .inlined, .kernel, .anonymous, .unknown: true
    }
  }

  /// The text of legend and tooltip, for readers who cannot distinguish the colours; nil for the
  /// kinds that need none.
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
