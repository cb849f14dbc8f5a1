// SPDX-License-Identifier: Apache-2.0

/// Why a mapped file cannot be looked into.
public enum AbsenceReason: Error, CaseIterable, Sendable {
  /// The process was gone before its file could be opened.
  case exited
  /// Nothing is at the path any more, and the mapping itself could not be opened.
  case deleted
  /// No right to look.
  case denied
  /// Not a regular file with something in it: a FIFO, a device, a socket, a directory.
  case refusedType
  /// Larger than any object file that we are willing to read.
  case tooBig
  /// On a file system that did not answer, or on FUSE and more than is copied of such.
  case remote
  /// Not a 64-bit little-endian ELF file, or a broken one.
  case corrupt
  /// Another file than the one that was mapped.
  case identityDiffers
  /// As many files are held open as the limit allows.
  case tooMany
}
