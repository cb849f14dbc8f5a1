// SPDX-License-Identifier: Apache-2.0

/// The reason why a mapped file cannot be read.
public enum AbsenceReason: Error, CaseIterable, Sendable {
  /// The process had exited before its file could be opened.
  case exited
  /// The file was deleted: nothing is at its path any more, and the mapping itself could not be
  /// opened.
  case deleted
  /// A privilege is missing to open the file.
  case denied
  /// The file is empty or not a regular one: a FIFO, a device, a socket, a directory.
  case refusedType
  /// The file is larger than the limit for object files: 64 GiB, or less where a caller sets a
  /// limit.
  case tooBig
  /// The file is on a file system that did not answer, or on FUSE and too large to be copied: the
  /// limits are 128 MiB for a copy, and 256 MiB for all open copies together.
  case remote
  /// The file is not a 64-bit little-endian ELF file, or it is malformed.
  case corrupt
  /// The file at the path is not the one that was mapped.
  case identityDiffers
  /// The file was not opened, because as many files are held open as the limit allows.
  case tooMany
}
