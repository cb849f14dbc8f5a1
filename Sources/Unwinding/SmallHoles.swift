// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The holes of a few bytes between the functions that call frame information describes. Nearly all
/// of them are padding, but in some there is code, of which nothing is known.
///
/// They have to be asked for in the order of their addresses: the code is read once, in pieces.
struct SmallHoles: Sendable {
  /// What a hole has.
  enum Content: Hashable, Sendable {
    /// Nothing that is executed.
    case padding
    /// Anything else, or bytes that cannot be read.
    case code
    /// A system call, and so the rest of the function before: the C library's clone, whose
    /// information ends there, since in a new thread it would be wrong. `startsThread` if the code
    /// leads a new thread to the function behind the hole, and others back to their caller.
    case systemCall(startsThread: Bool)
  }

  private let source: any ByteSource
  /// The executable segments; none if there are too many of them to search each time.
  private let segments: [ElfImage.Segment]
  /// The piece of code that was read last, and the address, as linked, of its first byte.
  private var piece: [UInt8] = []
  private var pieceBegin: UInt64 = 0
  /// Bytes of code that may still be read.
  private var budget = SmallHoles.mostCode

  /// The limit of the code that is read of a file, in bytes: more than the largest browsers have.
  private static let mostCode: UInt64 = 512 << 20
  /// The size of a piece, in bytes.
  private static let pieceSize: UInt64 = 64 << 10
  /// The limit of executable segments.
  private static let mostSegments = 16

  /// Creates the holes of a file; nothing is read yet.
  init(of image: ElfImage) {
    source = image.source
    let executable = image.segments.filter(\.isExecutable)
    segments = executable.count <= Self.mostSegments ? executable : []
  }

  /// Says what a hole has, from its addresses as linked.
  mutating func content(of hole: Range<UInt64>) -> Content {
    guard let range = indices(of: hole) else { return .code }
    if Padding.fills(piece, range) { return .padding }
    let code = piece[range]
    guard code.starts(with: Self.systemCall) else { return .code }
    return .systemCall(startsThread: Self.startsThread(code))
  }

  private static let systemCall: [UInt8] = [0x0f, 0x05]

  /// Whether a system call is followed by a test of its result, that goes on behind the hole if it is
  /// 0, as it is in a new thread.
  private static func startsThread(_ code: ArraySlice<UInt8>) -> Bool {
    let begin = systemCall + [0x48, 0x85, 0xc0]  // test %rax, %rax
    let end: [UInt8] = [0x74, 0x01, 0xc3]  // jz, over ret
    guard code.starts(with: begin), code.count > begin.count + end.count,
      code.suffix(end.count).elementsEqual(end)
    else { return false }
    let between = code.dropFirst(begin.count).dropLast(end.count)
    return between.count == 2 && between.starts(with: [0x7c])  // jl
      || between.count == 6 && between.starts(with: [0x0f, 0x8c])
  }

  /// The indices in `piece` of the bytes at addresses; nil if they cannot be read.
  private mutating func indices(of hole: Range<UInt64>) -> Range<Int>? {
    if hole.lowerBound < pieceBegin || hole.upperBound > pieceBegin + UInt64(piece.count) {
      guard read(from: hole.lowerBound) else { return nil }
    }
    let first = Int(hole.lowerBound - pieceBegin)
    guard hole.count <= piece.count - first else { return nil }
    return first..<first + hole.count
  }

  /// Reads the piece of code from an address on; false if there is none.
  private mutating func read(from address: UInt64) -> Bool {
    guard
      let segment = segments.first(where: {
        $0.address <= address && address - $0.address < $0.fileSize
      })
    else { return false }
    let distance = address - segment.address
    let (offset, isOutside) = segment.fileOffset.addingReportingOverflow(distance)
    let size = min(segment.fileSize - distance, Self.pieceSize)
    guard !isOutside, size <= budget, let bytes = source.bytes(at: offset, count: size) else {
      return false
    }
    budget -= size
    (piece, pieceBegin) = (bytes, address)
    return true
  }
}
