// SPDX-License-Identifier: Apache-2.0

/// Why code of a module has fewer names, lines or inlined frames than its files could give.
public enum NamingLimit: String, Error, CaseIterable, Sendable {
  /// Its debug information is packed by zstd, which is not read.
  case packedByZstd = "debug_zstd"
  /// It has more debug information than is read.
  case tooLarge = "debug_too_large"
  /// The file that dwz moved parts to (`.gnu_debugaltlink`) is not there.
  case supplementMissing = "debug_supplement_missing"
  /// The files of split units (`.dwo`, `.dwp`) are not there.
  case splitMissing = "debug_split_missing"
  /// The worker process that read its files crashed, took too long, or too much memory: no names.
  case workerCrash = "worker_crash"
  case workerTimeout = "worker_timeout"
  case workerMemory = "worker_memory"
}
