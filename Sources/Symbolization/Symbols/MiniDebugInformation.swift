// SPDX-License-Identifier: Apache-2.0

import CLzma
import ObjectFiles

/// The symbol table that some distributions leave in stripped programs: an ELF file, packed by xz, in the
/// section `.gnu_debugdata`. (GDB manual, "Debugging information in a special section".)
enum MiniDebugInformation {
  /// The packed file; nil where there is none, or where it exceeds the limits below.
  static func image(of image: ElfImage) -> ElfImage? {
    guard let section = image.section(named: ".gnu_debugdata"),
      let packed = image.contents(of: section, limit: mostPacked),
      let bytes = unpacked(packed)
    else { return nil }
    return ElfImage(BytesInMemory(bytes))
  }

  // In bytes: sizes of the file, and the memory that liblzma may use.
  private static let mostPacked: UInt64 = 16 << 20
  private static let mostUnpacked = 128 << 20
  private static let mostMemory: UInt64 = 128 << 20

  /// Unpacks an xz stream, which does not begin with its size: the buffer is enlarged until it suffices.
  private static func unpacked(_ packed: [UInt8]) -> [UInt8]? {
    var capacity = max(packed.count * 6, 4096)
    while capacity <= mostUnpacked {
      var status = LZMA_PROG_ERROR
      let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        var memory = mostMemory
        var read = 0
        // Safe: each pointer is passed with the size of its buffer, and liblzma counts what it wrote.
        status = packed.withUnsafeBufferPointer { input in
          lzma_stream_buffer_decode(
            &memory, 0, nil, input.baseAddress, &read, input.count, output.baseAddress, &count,
            output.count)
        }
      }
      if status == LZMA_OK { return bytes }
      guard status == LZMA_BUF_ERROR else { return nil }
      capacity *= 4
    }
    return nil
  }
}
