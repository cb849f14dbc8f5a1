// SPDX-License-Identifier: Apache-2.0

/// The reason why code of a module has fewer function names, lines or inlined frames than there
/// could be. Raw values are keys in the JSON that `--stats` writes.
package enum NamingLimit: String, Error, CaseIterable, Sendable {
  /// The module's debug information is compressed by zstd, a method that is not read.
  case packedByZstd = "debug_zstd"
  /// A part of the module's debug information is of a version or in a form that is not read.
  case unknownDebugFormat = "debug_unknown_format"
  /// The module has more debug information than is read for one module.
  case tooLarge = "debug_too_large"
  /// The supplementary file that dwz moved debug information to (`.gnu_debugaltlink`) was not
  /// found.
  case supplementMissing = "debug_supplement_missing"
  /// The files that hold the split debug information (`.dwo`, `.dwp`) were not found.
  case splitMissing = "debug_split_missing"
  /// The worker process that read the module's files crashed: there are no names.
  case workerCrash = "worker_crash"
  /// The worker process that read the module's files took too long: there are names from symbol
  /// tables alone, if those could be read.
  case workerTimeout = "worker_timeout"
  /// The worker process that read the module's files took too much memory: there are names from
  /// symbol tables alone, if those could be read.
  case workerMemory = "worker_memory"
  /// The worker process that was to read the module's files could not give up its rights, and has
  /// read nothing: there are no names.
  case workerUnconfined = "worker_unconfined"
  /// The time for reading files of all modules was over, or the user ended it, before the module's
  /// file was read.
  case namingTime = "naming_time"
  /// The module's file is stripped, and no debug file has names for the sampled addresses.
  case noSymbols = "no_symbols"
  /// The code was made at run time (JIT), and there is no perf map or jitdump with its names.
  case codeUntold = "code_untold"
  /// The kernel hides the addresses of its functions.
  case kernelHidden = "kernel_hidden"
  /// The process that had mapped the module's file ended before the file could be opened.
  case fileExited = "file_exited"
  /// The module's file was deleted: nothing is at its path any more, and the file could not be
  /// opened through the process's mapping either.
  case fileDeleted = "file_deleted"
  /// The profiler lacks a privilege to open the module's file.
  case fileDenied = "file_denied"
  /// The module's file is empty or not a regular file: a FIFO, a device, a socket, a directory.
  case fileRefused = "file_refused_type"
  /// The module's file is larger than the limit for object files.
  case fileTooBig = "file_too_big"
  /// The module's file is on a file system that did not answer, or on FUSE and too large to be
  /// copied: the limits are 128 MiB for a copy, and 256 MiB for all open copies together.
  case fileRemote = "file_remote"
  /// The module's file is not a 64-bit little-endian ELF file, or a broken one.
  case fileCorrupt = "file_corrupt"
  /// The file that is now at the module's path is not the one that was mapped.
  case fileReplaced = "file_identity_differs"
  /// The module's file was not opened, because as many files were held open as the limit allows.
  case filesTooMany = "file_too_many"
}
