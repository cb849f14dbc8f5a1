// SPDX-License-Identifier: Apache-2.0

@testable import Unwinding

/// Writes `.eh_frame` by hand.
struct FrameBytes {
  /// Where the first byte is linked to be.
  static let address: UInt64 = 0x10_0000

  private(set) var bytes: [UInt8] = []

  /// As gcc writes it: CFA = rsp + 8, the return address at CFA - 8.
  static let usualInstructions: [UInt8] = [0x0c, 7, 8, 0x90, 1]
  /// DW_EH_PE_pcrel | DW_EH_PE_sdata4
  static let usualEncoding: UInt8 = 0x1b

  /// An entry for functions to share; returns its offset.
  @discardableResult
  mutating func common(
    version: UInt8 = 1, augmentation: String = "zR", code: [UInt8] = [1], data: [UInt8] = [0x78],
    returnAddress: UInt8 = 16, augmentationData: [UInt8] = [usualEncoding],
    instructions: [UInt8] = usualInstructions
  ) -> Int {
    var body: [UInt8] = [0, 0, 0, 0, version] + Array(augmentation.utf8) + [0]
    body += code + data + [returnAddress]
    if augmentation.hasPrefix("z") { body += [UInt8(augmentationData.count)] + augmentationData }
    return entry(body + instructions)
  }

  /// A function, its addresses relative to themselves in 4 bytes.
  @discardableResult
  mutating func function(
    _ begin: UInt64, size: UInt32, common: Int = 0, augmentationData: [UInt8]? = [],
    instructions: [UInt8] = []
  ) -> Int {
    let place = Self.address + UInt64(bytes.count) + 8
    let start = Int32(truncatingIfNeeded: Int64(begin) - Int64(place))
    return function(
      common: common, range: little(start) + little(size), augmentationData: augmentationData,
      instructions: instructions)
  }

  /// A function whose addresses are written out.
  @discardableResult
  mutating func function(
    common: Int, range: [UInt8], augmentationData: [UInt8]? = [], instructions: [UInt8] = []
  ) -> Int {
    var body = little(UInt32(bytes.count + 4 - common)) + range
    if let augmentationData { body += [UInt8(augmentationData.count)] + augmentationData }
    return entry(body + instructions)
  }

  mutating func terminator() {
    bytes += [0, 0, 0, 0]
  }

  /// The length and what follows it.
  @discardableResult
  mutating func entry(_ body: [UInt8]) -> Int {
    let offset = bytes.count
    bytes += little(UInt32(body.count)) + body
    return offset
  }

  mutating func raw(_ more: [UInt8]) {
    bytes += more
  }
}

func little(_ number: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

/// A row, to compare with.
struct Row: Hashable, CustomStringConvertible {
  var pc: UInt32
  var kind: UInt32
  var rbp: Int8 = 0
  var offset: UInt16 = 0

  init(_ pc: UInt32, _ kind: UInt32, rbp: Int8 = 0, offset: UInt16 = 0) {
    (self.pc, self.kind, self.rbp, self.offset) = (pc, kind, rbp, offset)
  }

  var description: String {
    "(0x\(String(pc, radix: 16)), kind \(kind), rbp \(rbp), offset \(offset))"
  }
}

extension UnwindTable {
  init(_ frame: FrameBytes, functionCount: UInt64? = nil) throws(UnwindTableError) {
    try self.init([
      EhFrame(bytes: frame.bytes, address: FrameBytes.address, functionCount: functionCount)
    ])
  }

  var unpacked: [Row] {
    rows.map { packed in
      let row = UnwindRow(rawValue: packed)
      return Row(row.pc, row.kind, rbp: row.rbp, offset: row.offset)
    }
  }

  var isStrictlyAscending: Bool {
    zip(rows, rows.dropFirst()).allSatisfy {
      UInt32(truncatingIfNeeded: $0) < UInt32(truncatingIfNeeded: $1)
    }
  }
}
