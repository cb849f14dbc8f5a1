// SPDX-License-Identifier: Apache-2.0

/// The reason why a mapped file cannot be read.
package enum AbsenceReason: Error, CaseIterable, Sendable {
  /// The process had exited before its file could be opened.
  case exited
  /// The file was deleted: nothing is at its path any more, and it could not be opened through the
  /// mapping either.
  case deleted
  /// The file could not be opened because a privilege is missing, or the system refused it for
  /// another reason.
  case denied
  /// The file is empty or not a regular one: a FIFO, a device, a socket, a directory.
  case refusedType
  /// The file is larger than the limit for files that are opened: 64 GiB, or less where a caller
  /// sets a limit.
  case tooBig
  /// The file is on a file system that did not answer, or on a FUSE file system and too large to be
  /// copied. The limits of copies are 128 MiB for one, and 256 MiB for all open ones together.
  case remote
  /// The file is not a 64-bit little-endian ELF file, or it is malformed.
  case corrupt
  /// The file at the path is another one than the process had mapped, or another user may have
  /// written it.
  case identityDiffers
  /// The file was not opened, because as many files are held open as the limit allows.
  case tooMany
}
