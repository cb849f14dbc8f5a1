// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A distinct point in code that samples passed through, with all that a namer needs to name it.
///
/// A return address has been moved back by one byte already, onto its call.
enum Location: Hashable, Sendable {
  /// A virtual address of the kernel.
  case kernel(UInt64)
  /// An offset in something that was mapped: a file, the vDSO, a region that the kernel names.
  case object(ObjectLocation)
  /// An address in executable memory without a file, such as a JIT compiler's code.
  case generatedCode(ProcessAddress)
  /// A user-space address that no known mapping explains.
  case unmapped(ProcessAddress)
  /// A frame of user space that is not an address: user-space addresses are below 2⁵⁷, and larger words
  /// are free for other kinds of frames, such as those of scripts. `process` as in `ProcessAddress`.
  case word(UInt64, process: Int)
}

/// An offset in a mapped object.
struct ObjectLocation: Hashable, Sendable {
  var object: ObjectIndex
  /// Offset in the file, in bytes.
  var fileOffset: UInt64
  /// Mapped below 4 GiB, as in a 32-bit process.
  var isLow: Bool
}

/// An address of one process during a span of time.
struct ProcessAddress: Hashable, Sendable {
  /// Index in `Recording.processes`.
  var process: Int
  var timed: TimedAddress
}
