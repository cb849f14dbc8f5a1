// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import System

/// The kernel's BTF as the kernel has it, in memory.
///
/// It is mapped where the kernel allows that, from Linux 6.16 on: reading it takes more than a thousand
/// system calls, and a copy of 5 MB. It cannot change: it is part of the kernel.
final class KernelTypeBytes {
  /// The path of the kernel's BTF.
  static let path = "/sys/kernel/btf/vmlinux"

  /// Memory that the kernel mapped; nil if it is `copy`.
  private let mapping: UnsafeMutableRawPointer?
  private let count: Int
  private let copy: SectionBytes

  /// Maps or reads the file; nil if it cannot be read.
  init?() {
    guard let file = try? FileDescriptor(opening: Self.path, O_RDONLY),
      let size = try? file.status().st_size, size > 0
    else { return nil }
    count = Int(size)
    let pages = mmap(nil, count, PROT_READ, MAP_PRIVATE, file.rawValue, 0)
    if let pages, pages != MAP_FAILED {
      mapping = pages
      copy = .none
      return
    }
    mapping = nil
    let descriptor = file.rawValue
    copy = SectionBytes(count: count) { buffer in
      (try? readBytes(of: descriptor, into: buffer, at: 0)) == buffer.count
    }
    guard copy.count == count else { return nil }
  }

  deinit {
    if let mapping { munmap(mapping, count) }
  }

  /// Calls `body` with all bytes, which are valid during the call only.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(mapping.map { UnsafeRawBufferPointer(start: $0, count: count) } ?? copy.buffer)
  }
}
