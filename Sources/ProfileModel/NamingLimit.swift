// SPDX-License-Identifier: Apache-2.0

/// Why code of a module has fewer names, lines or inlined frames than there could be. Raw values are
/// keys of `--stats`.
public enum NamingLimit: String, Error, CaseIterable, Sendable {
  /// Its debug information is packed by zstd, which is not read.
  case packedByZstd = "debug_zstd"
  /// It has more debug information than is read.
  case tooLarge = "debug_too_large"
  /// The file that dwz moved parts to (`.gnu_debugaltlink`) is not there.
  case supplementMissing = "debug_supplement_missing"
  /// The files of split units (`.dwo`, `.dwp`) are not there.
  case splitMissing = "debug_split_missing"
  /// The worker process that read its files crashed: no names. Took too long, or too much memory: names
  /// of its symbols alone, if those could be read.
  case workerCrash = "worker_crash"
  case workerTimeout = "worker_timeout"
  case workerMemory = "worker_memory"
  /// The file is stripped, and no debug file names these addresses.
  case noSymbols = "no_symbols"
  /// Code made at run time, without a perf map or a jitdump.
  case codeUntold = "code_untold"
  /// The kernel hides the addresses of its functions.
  case kernelHidden = "kernel_hidden"
  /// The process was gone before its file could be opened.
  case fileExited = "file_exited"
  /// Nothing is at the path any more, and the mapping itself could not be opened.
  case fileDeleted = "file_deleted"
  /// No right to look.
  case fileDenied = "file_denied"
  /// Not a regular file with something in it: a FIFO, a device, a socket, a directory.
  case fileRefused = "file_refused_type"
  /// Larger than any object file that is read.
  case fileTooBig = "file_too_big"
  /// On a file system that did not answer, or on FUSE and more than is copied of such.
  case fileRemote = "file_remote"
  /// Not a 64-bit little-endian ELF file, or a broken one.
  case fileCorrupt = "file_corrupt"
  /// Another file than the one that was mapped.
  case fileReplaced = "file_identity_differs"
  /// As many files are held open as the limit allows.
  case filesTooMany = "file_too_many"
}
