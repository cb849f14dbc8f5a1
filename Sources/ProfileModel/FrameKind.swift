// SPDX-License-Identifier: Apache-2.0

/// The kinds of frames that outputs distinguish, by colour, suffix or mark.
public enum FrameKind: UInt8, CaseIterable, Sendable {
  /// Code of a file or of the vdso.
  case user
  /// Code of a file, compiled into its caller.
  case inlined
  /// The kernel, its modules and BPF programs.
  case kernel
  /// Executable memory without a file, such as a JIT compiler's.
  case anonymous
  /// An address in no mapping that was known.
  case unknown
}

extension Module.Kind {
  /// What a frame in such a module is.
  public func frameKind(isInlined: Bool) -> FrameKind {
    switch self {
    case .kernel, .kernelModule: .kernel
    case .unknown: .unknown
    case .anonymous: .anonymous
    case .file, .vdso: isInlined ? .inlined : .user
    }
  }
}

extension Profile {
  /// The kind of a frame of this profile, by its module.
  public func kind(of frame: Frame) -> FrameKind {
    modules[frame.module].kind.frameKind(isInlined: frame.isInlined)
  }
}

extension Truncation {
  /// The name of the frame that stands at the root of a stack that was cut: `[truncated: NO_CFI]`.
  public var frameName: String { "[truncated: \(rawValue.uppercased())]" }
}
