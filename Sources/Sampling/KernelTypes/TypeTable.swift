// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The types in BTF, the kernel's format for the types of a program: that of the kernel itself, or of a
/// BPF object. A type is known by its id, from 1 on; 0 is `void`.
///
/// Format: Documentation/bpf/btf.rst of Linux. The table must not outlive the buffer that it was made of.
struct TypeTable {
  /// One type.
  struct Entry {
    let kind: TypeKind
    /// The offset of the name in the strings; 0 is none.
    let name: UInt32
    /// The word with the kind, the number of parts, and a flag.
    let info: UInt32
    /// The size of the type in bytes, or the id of the type that it refers to: as its kind says.
    let sizeOrType: UInt32
    /// The words that follow: members, values, bounds. Each is known to lie inside the buffer.
    let details: ByteCursor
  }

  /// More bytes than any kernel has: an offset fits in 32 bits.
  private static let mostBytes = 1 << 28
  /// The longest name that is read, in bytes.
  private static let longestName = 1 << 10

  private let bytes: UnsafeRawBufferPointer
  private let strings: Range<Int>
  /// The offset of each type in the buffer, by its id less one.
  private let offsets: [UInt32]

  /// Finds all types.
  ///
  /// - Returns: nil if the bytes are not BTF of the machine's byte order, or have a type of an unknown
  ///   kind, behind which no other can be found.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count <= Self.mostBytes, var header = ByteCursor(bytes),
      // Magic number and version, flags.
      header.load(UInt16.self) == 0xeb9f, header.load(UInt8.self) == 1,
      header.load(UInt8.self) != nil,
      let headerSize = header.load(UInt32.self),
      let typesAt = header.load(UInt32.self), let typesSize = header.load(UInt32.self),
      let stringsAt = header.load(UInt32.self), let stringsSize = header.load(UInt32.self)
    else { return nil }
    // Sums of three 32-bit numbers: no overflow in 64 bits.
    let typesStart = Int(headerSize) + Int(typesAt)
    let stringsStart = Int(headerSize) + Int(stringsAt)
    guard stringsStart + Int(stringsSize) <= bytes.count,
      var cursor = ByteCursor(bytes, from: typesStart, to: typesStart + Int(typesSize))
    else { return nil }
    var offsets: [UInt32] = []
    // Most types have 12 to 40 bytes.
    offsets.reserveCapacity(Int(typesSize) / 24)
    while !cursor.isAtEnd {
      offsets.append(UInt32(truncatingIfNeeded: cursor.position))
      guard cursor.skip(4), let info = cursor.load(UInt32.self), cursor.skip(4),
        let (kind, count) = TypeKind.parts(ofInfo: info),
        cursor.skip(UInt64(kind.detailSize(count: count)))
      else { return nil }
    }
    self.bytes = bytes
    self.offsets = offsets
    strings = stringsStart..<stringsStart + Int(stringsSize)
  }

  /// The number of types; the ids are 1 to this number.
  var count: Int { offsets.count }

  /// The type with an id; nil for 0 and for ids that no type has.
  @inline(__always)
  func type(_ id: UInt32) -> Entry? {
    guard id > 0, id <= offsets.count else { return nil }
    var cursor = ByteCursor(bytes, limiting: Int(offsets[Int(id) - 1]), to: bytes.count)
    guard let name = cursor.load(UInt32.self), let info = cursor.load(UInt32.self),
      let sizeOrType = cursor.load(UInt32.self), let (kind, count) = TypeKind.parts(ofInfo: info),
      let details = cursor.slice(UInt64(kind.detailSize(count: count)))
    else { return nil }
    return Entry(kind: kind, name: name, info: info, sizeOrType: sizeOrType, details: details)
  }

  /// The name at an offset of the strings, without its NUL; nil if the offset lies outside, or no NUL
  /// follows within 1 KiB.
  func name(at offset: UInt32) -> UnsafeRawBufferPointer? {
    guard offset < strings.count else { return nil }
    let start = strings.lowerBound + Int(offset)
    let limit = min(start + Self.longestName, strings.upperBound)
    var cursor = ByteCursor(bytes, limiting: start, to: limit)
    let name = cursor.text()
    // Without a NUL, the name reaches to the limit.
    return start + name.count < limit ? name : nil
  }

  /// The first eight bytes of the name at an offset, as a number, with zeros for those behind its end.
  @inline(__always)
  func head(ofName offset: UInt32) -> UInt64 {
    guard offset < strings.count else { return 0 }
    var cursor = ByteCursor(
      bytes, limiting: strings.lowerBound + Int(offset), to: strings.upperBound)
    if let word = cursor.load(UInt64.self) { return Self.upToNUL(word) }
    var word: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      guard let byte = cursor.byte(), byte != 0 else { break }
      word |= UInt64(byte) << shift
    }
    return word
  }

  /// Clears all bytes behind the first one that is 0.
  @inline(__always)
  private static func upToNUL(_ word: UInt64) -> UInt64 {
    // The top bit of the lowest zero byte is the lowest one set.
    let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    guard zeros != 0 else { return word }
    let bits = UInt64(zeros.trailingZeroBitCount & ~7)
    return word & ((1 << bits) &- 1)
  }
}
