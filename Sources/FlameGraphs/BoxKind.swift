// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What a box of a flame graph stands for.
enum BoxKind: UInt8, CaseIterable, Sendable {
  /// The root: all samples.
  case all
  /// Threads of one name.
  case thread
  case user
  case inlined
  case kernel
  case anonymous
  case unknown
  /// What was cut off a stack.
  case truncated

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

  /// Said in tooltip and legend, since a colour alone does not tell everyone; nil for the plain
  /// case and where the name says it.
  var mark: StaticString? {
    switch self {
    case .all, .thread, .user: nil
    case .inlined: "inlined"
    case .kernel: "kernel"
    case .anonymous: "JIT or other memory without a file"
    case .unknown: "no mapping known"
    case .truncated: "stack cut short"
    }
  }
}
