// SPDX-License-Identifier: Apache-2.0

/// A decompressor of LZ4 frames, as apt keeps its lists of packages. Input that is corrupt is an
/// error, and never makes more than the size of a block, at most 4 MiB, at once.
///
/// (LZ4 Frame Format 1.6 and LZ4 Block Format, of the lz4 project. Checksums are skipped, not
/// verified; dictionaries and a second frame in the same input are not supported.)
package struct LZ4Stream {
  private let input: [UInt8]
  private var position: Int
  /// Bytes of the largest block.
  private let blockSize: Int
  private let hasBlockChecksums: Bool
  private let blocksAreIndependent: Bool
  /// What was decompressed last, at most `longestDistance` bytes; and behind it, capacity for a block.
  private var window: [UInt8]
  private var used = 0

  /// How far back a block may refer, in bytes.
  private static let longestDistance = 65_536

  /// Creates a decompressor; nil if the input does not begin with a frame that is supported.
  ///
  /// - Parameter input: The whole frame.
  package init?(_ input: [UInt8]) {
    guard input.count >= 7, input[0...3].elementsEqual([0x04, 0x22, 0x4d, 0x18]) else { return nil }
    let flags = input[4]
    // Version 1, and no dictionary.
    guard flags >> 6 == 1, flags & 1 == 0 else { return nil }
    switch input[5] >> 4 & 7 {
    case 4: blockSize = 64 << 10
    case 5: blockSize = 256 << 10
    case 6: blockSize = 1 << 20
    case 7: blockSize = 4 << 20
    default: return nil
    }
    blocksAreIndependent = flags & 0x20 != 0
    hasBlockChecksums = flags & 0x10 != 0
    // The size of the content, if it is there, and the checksum of the header.
    position = 6 + (flags & 8 != 0 ? 8 : 0) + 1
    self.input = input
    window = [UInt8](repeating: 0, count: Self.longestDistance + blockSize)
  }

  /// Decompresses the next block, and returns its bytes; nil at the end of the frame.
  ///
  /// - Throws: `CompressionError` if the input is corrupt or ends early.
  package mutating func next() throws(CompressionError) -> [UInt8]? {
    let word = try littleEndian()
    guard word != 0 else { return nil }
    let size = Int(word & 0x7fff_ffff)
    guard size <= blockSize, size <= input.count - position else { throw Self.corrupt }
    keepHistory()
    let start = used
    let source = position..<position + size
    guard let end = word >> 31 == 1 ? copied(source) : decompressed(source) else {
      throw Self.corrupt
    }
    used = end
    position += size + (hasBlockChecksums ? 4 : 0)
    return Array(window[start..<end])
  }

  private static let corrupt = CompressionError(operation: "LZ4", code: -3)

  private mutating func littleEndian() throws(CompressionError) -> UInt32 {
    guard position + 4 <= input.count else { throw Self.corrupt }
    defer { position += 4 }
    return input[position..<position + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Moves what later blocks may refer to to the start of the window.
  private mutating func keepHistory() {
    let kept = blocksAreIndependent ? 0 : min(used, Self.longestDistance)
    let first = used - kept
    guard first > 0 else { return }
    window.withUnsafeMutableBytes { window in
      // Safe: `first + kept` is `used`, which is within the window.
      window.copyMemory(from: UnsafeRawBufferPointer(rebasing: window[first..<first + kept]))
    }
    used = kept
  }

  /// The end in the window of a block that was stored without compression.
  private mutating func copied(_ source: Range<Int>) -> Int? {
    window.replaceSubrange(used..<used + source.count, with: input[source])
    return used + source.count
  }

  /// The end in the window of a block that was decompressed; nil if it is corrupt.
  private mutating func decompressed(_ source: Range<Int>) -> Int? {
    let start = used
    let limit = start + blockSize
    return input.withUnsafeBytes { input in
      window.withUnsafeMutableBytes { window in
        // Safe: both ranges were checked against their buffers.
        decompressBlock(
          UnsafeRawBufferPointer(rebasing: input[source]),
          into: UnsafeMutableRawBufferPointer(rebasing: window[..<limit]), at: start)
      }
    }
  }
}

/// Decompresses one block: sequences of literals and a match, which repeats bytes from before.
///
/// - Parameters:
///   - target: Holds the bytes that matches may refer to below `start`.
///   - start: Where the block's own bytes begin.
/// - Returns: the end of the block's bytes; nil if it is corrupt.
private func decompressBlock(
  _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, at start: Int
) -> Int? {
  // Safe: every index is compared with the ends of the buffers before it is used.
  guard let input = source.baseAddress, let output = target.baseAddress else { return nil }
  var from = 0
  var to = start
  func length(_ nibble: Int) -> Int? {
    guard nibble == 15 else { return nibble }
    var length = nibble
    while from < source.count {
      let byte = source[from]
      from += 1
      length += Int(byte)
      if byte != 255 { return length }
    }
    return nil
  }
  while from < source.count {
    let token = Int(source[from])
    from += 1
    guard let literals = length(token >> 4), literals <= source.count - from,
      literals <= target.count - to
    else { return nil }
    (output + to).copyMemory(from: input + from, byteCount: literals)
    from += literals
    to += literals
    // The last sequence has literals only.
    if from == source.count { return to }
    guard source.count - from >= 2 else { return nil }
    let distance = Int(source[from]) | Int(source[from + 1]) << 8
    from += 2
    guard distance > 0, distance <= to, let rest = length(token & 15), rest + 4 <= target.count - to
    else { return nil }
    var left = rest + 4
    // A match may overlap its own copy, which then repeats: copied in parts that do not overlap.
    while left > 0 {
      let part = min(left, distance)
      (output + to).copyMemory(from: output + (to - distance), byteCount: part)
      to += part
      left -= part
    }
  }
  return nil
}
