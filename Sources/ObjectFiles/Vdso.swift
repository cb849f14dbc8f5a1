// SPDX-License-Identifier: Apache-2.0

import Bytes
import CShims

/// The reader of the vDSO: the shared object that the kernel maps into every 64-bit process.
package enum Vdso {
  /// Copies the vDSO out of this process's own memory. The bytes are those of an ELF file; nil if
  /// the kernel has mapped no vDSO into this process.
  package static func image() -> BytesInMemory? {
    // Safe: the kernel mapped a whole ELF image there, and its section header is the last thing
    // in it. Offsets and sizes are those of Elf64_Ehdr in <elf.h>.
    guard let base = UnsafeRawPointer(bitPattern: getauxval(UInt(AT_SYSINFO_EHDR))) else {
      return nil
    }
    let header = ByteReader(Array(UnsafeRawBufferPointer(start: base, count: 64)))
    guard let sectionOffset = header.load(UInt64.self, at: 40),
      let entrySize = header.load(UInt16.self, at: 58),
      let count = header.load(UInt16.self, at: 60),
      count > 0
    else { return nil }
    let size = Int(sectionOffset) + Int(count) * Int(entrySize)
    return BytesInMemory(Array(UnsafeRawBufferPointer(start: base, count: size)))
  }
}
