// SPDX-License-Identifier: Apache-2.0

/// The kind of code that a frame is in; outputs distinguish it by colour, suffix or mark.
package enum FrameKind: UInt8, CaseIterable, Sendable {
  /// Code of a file or of the vDSO.
  case user
  /// Code of a file, of a function that the compiler inlined into its caller.
  case inlined
  /// Code of the kernel, its modules or BPF programs.
  case kernel
  /// Code in executable memory without a file, such as a JIT compiler's.
  case anonymous
  /// An address in no mapping that was known.
  case unknown
}

extension Module.Kind {
  /// Returns the kind of a frame in a module of this kind.
  ///
  /// - Parameter isInlined: Whether the frame's function is inlined into its caller; changes the
  ///   result for files and the vDSO only.
  package func frameKind(isInlined: Bool) -> FrameKind {
    switch self {
    case .kernel, .kernelModule: .kernel
    case .unknown: .unknown
    case .anonymous: .anonymous
    case .file, .vdso: isInlined ? .inlined : .user
    }
  }
}

extension Profile {
  /// Returns the kind of a frame of this profile, from its module and whether it is inlined.
  package func kind(of frame: Frame) -> FrameKind {
    modules[frame.module].kind.frameKind(isInlined: frame.isInlined)
  }
}
