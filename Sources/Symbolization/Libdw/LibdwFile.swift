// SPDX-License-Identifier: Apache-2.0

import CElfutils
import CShims
import Glibc
import ObjectFiles

/// The DWARF of one file as libdw reads it. For one thread.
///
/// libdw is C, and the bytes are untrusted: only to be used in a process without rights, or on bytes
/// that the caller has made.
final class LibdwFile {
  /// A `Dwarf` of libdw, valid as long as this object.
  let handle: OpaquePointer
  private let elf: OpaquePointer
  /// Whose descriptor, or bytes, `elf` uses.
  private let source: any ByteSource
  private let copy: UnsafeMutableRawBufferPointer?

  /// Nil where libdw finds no DWARF, such as in sections that it cannot unpack.
  init?(_ source: any ByteSource) {
    _ = elf_version(UInt32(EV_CURRENT))
    var copy: UnsafeMutableRawBufferPointer?
    var elf: OpaquePointer?
    if let file = source as? OpenFile {
      // Read by pread(2), since a mapped file could be truncated.
      elf = elf_begin(file.descriptor.rawValue, ELF_C_READ, nil)
    } else if let bytes = source.bytes(at: 0, count: source.size), !bytes.isEmpty {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
      memory.copyBytes(from: bytes)
      // Safe: the memory is freed after `elf_end`.
      elf = elf_memory(memory.baseAddress?.assumingMemoryBound(to: CChar.self), memory.count)
      copy = memory
    }
    guard let elf else {
      copy?.deallocate()
      return nil
    }
    guard let handle = dwarf_begin_elf(elf, DWARF_C_READ, nil) else {
      elf_end(elf)
      copy?.deallocate()
      return nil
    }
    // Its own handler would print a message, and exit with the status of an ordinary failure.
    _ = dwarf_new_oom_handler(handle) { _exit(CInt(FB_OUT_OF_MEMORY)) }
    (self.handle, self.elf, self.source, self.copy) = (handle, elf, source, copy)
  }

  deinit {
    dwarf_end(handle)
    elf_end(elf)
    copy?.deallocate()
  }
}
