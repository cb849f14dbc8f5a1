// SPDX-License-Identifier: Apache-2.0

extension ElfImage {
  /// Finds the bytes of the file from an address to the end of its loaded segment.
  ///
  /// - Parameter address: The address as linked.
  /// - Returns: The offset in the file and the number of bytes, both in bytes and inside the file;
  ///   nil if no loaded segment holds the address.
  package func loadedBytes(from address: UInt64) -> (offset: UInt64, size: UInt64)? {
    for segment in segments where segment.type == ElfConstant.load {
      guard address >= segment.address, address - segment.address < segment.fileSize else {
        continue
      }
      let distance = address - segment.address
      let (offset, overflows) = segment.fileOffset.addingReportingOverflow(distance)
      guard !overflows, offset < source.size else { return nil }
      return (offset, min(segment.fileSize - distance, source.size - offset))
    }
    return nil
  }
}
