// SPDX-License-Identifier: Apache-2.0

import CElfutils
import CShims
import ObjectFiles

/// The kernel's shared object, which every 64-bit process has: taken from our own memory.
enum Vdso {
  /// Its image; nil where the kernel gave us none.
  static func image() -> BytesInMemory? {
    let start = getauxval(UInt(AT_SYSINFO_EHDR))
    // The kernel mapped it and tells where; its section header is the last thing in it.
    guard let base = UnsafeRawPointer(bitPattern: start) else { return nil }
    let header = base.loadUnaligned(as: Elf64_Ehdr.self)
    let sections = Int(header.e_shnum) * Int(header.e_shentsize)
    guard sections > 0 else { return nil }
    let size = Int(header.e_shoff) + sections
    return BytesInMemory(Array(UnsafeRawBufferPointer(start: base, count: size)))
  }
}
