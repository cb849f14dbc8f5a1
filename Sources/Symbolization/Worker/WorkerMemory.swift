// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc

/// The memory that a worker may use: 128 MiB and twice the debug information of the module, at most
/// 1 GiB and a quarter of the machine's memory.
enum WorkerMemory {
  /// In bytes.
  static let most = min(1 << 30, total / 4)
  private static let least: UInt64 = 128 << 20

  /// Files with more debug information than this, in bytes, are named by their symbols alone.
  static let debugLimit = most > least ? (most - least) / 2 : 0

  /// Sets the limit of this process.
  ///
  /// - Parameter debugBytes: size of the debug information that may be held in memory.
  static func allow(debugBytes: UInt64) {
    let (twice, overflows) = debugBytes.multipliedReportingOverflow(by: 2)
    fb_limit_memory(overflows ? most : min(least + min(twice, most), most))
  }

  /// Physical memory of the machine, in bytes.
  private static var total: UInt64 {
    UInt64(max(sysconf(CInt(_SC_PHYS_PAGES)), 0)) * UInt64(max(sysconf(CInt(_SC_PAGESIZE)), 0))
  }
}
