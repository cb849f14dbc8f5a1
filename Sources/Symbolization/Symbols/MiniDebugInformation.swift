// SPDX-License-Identifier: Apache-2.0

import CLzma
import ObjectFiles

/// The small symbol table that some distributions leave in stripped programs: an ELF file of its
/// own, packed by xz, in `.gnu_debugdata`. (GDB manual, "Debugging information in a special
/// section".)
enum MiniDebugInformation {
  /// That file, nil where there is none or it cannot be unpacked within bounds.
  static func image(of image: ElfImage) -> ElfImage? {
    guard let section = image.section(named: ".gnu_debugdata"),
      let packed = image.contents(of: section, limit: mostPacked),
      let bytes = unpacked(packed)
    else { return nil }
    return ElfImage(BytesInMemory(bytes))
  }

  private static let mostPacked: UInt64 = 16 << 20
  private static let mostUnpacked = 128 << 20
  private static let mostMemory: UInt64 = 128 << 20

  /// An xz stream does not begin with its size: the room grows until it fits.
  private static func unpacked(_ packed: [UInt8]) -> [UInt8]? {
    var room = max(packed.count * 6, 4096)
    while room <= mostUnpacked {
      var status = LZMA_PROG_ERROR
      let bytes = [UInt8](unsafeUninitializedCapacity: room) { output, count in
        var memory = mostMemory
        var read = 0
        // Both sizes are true, and nothing is written beyond `output.count`.
        status = packed.withUnsafeBufferPointer { input in
          lzma_stream_buffer_decode(
            &memory, 0, nil, input.baseAddress, &read, input.count, output.baseAddress, &count,
            output.count)
        }
      }
      if status == LZMA_OK { return bytes }
      guard status == LZMA_BUF_ERROR else { return nil }
      room *= 4
    }
    return nil
  }
}
