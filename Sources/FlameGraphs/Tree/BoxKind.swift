// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What a box of a flame graph stands for. The raw values stand in files: they do not change.
public enum BoxKind: UInt8, CaseIterable, Sendable {
  /// The root: all samples.
  case all = 0
  /// A thread, or all threads of one name.
  case thread = 1
  case user = 2
  case inlined = 3
  case kernel = 4
  case anonymous = 5
  case unknown = 6
  /// What was cut off a stack.
  case truncated = 7
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

  /// Whether it is code that ran, and not a group of samples.
  public var isFunction: Bool {
    switch self {
    case .all, .thread, .process, .truncated: false
    case .user, .inlined, .kernel, .anonymous, .unknown: true
    }
  }

  /// In legend and tooltip, since a colour alone does not tell everyone; nil for what needs no word.
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
