// SPDX-License-Identifier: Apache-2.0

import CLz4
import CLzma
import Foundation
import TestSupport
import Testing

@testable import Advice

/// A frame of linked blocks of 64 KiB, as liblz4 makes it.
func lz4Frame(_ bytes: [UInt8]) -> [UInt8] {
  let capacity = LZ4F_compressFrameBound(bytes.count, nil)
  return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
    count = LZ4F_compressFrame(output.baseAddress, capacity, bytes, bytes.count, nil)
  }
}

/// An xz file.
func xzFile(_ bytes: [UInt8]) -> [UInt8] {
  let capacity = lzma_stream_buffer_bound(bytes.count)
  return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
    _ = lzma_easy_buffer_encode(
      1, LZMA_CHECK_CRC32, nil, bytes, bytes.count, output.baseAddress, &count, capacity)
  }
}

/// Decompressors of lists that apt keeps in LZ4 or xz.
@Suite struct ListCompressionTests {
  enum Kind: CaseIterable {
    case lz4, xz

    func packed(_ bytes: [UInt8]) -> [UInt8] {
      self == .lz4 ? lz4Frame(bytes) : xzFile(bytes)
    }

    /// Nil for more than a million bytes.
    func unpacked(_ bytes: [UInt8]) -> [UInt8]? {
      var all: [UInt8] = []
      func take(_ piece: [UInt8]?) -> Bool {
        guard let piece, all.count <= 1_000_000 else { return false }
        #expect((1...1 << 18).contains(piece.count))
        all += piece
        return true
      }
      switch self {
      case .lz4:
        guard var stream = LZ4Stream(bytes) else { return nil }
        while take(stream.next()) {}
      case .xz:
        guard var stream = XzStream(bytes) else { return nil }
        while take(stream.next()) {}
      }
      return all.count <= 1_000_000 ? all : nil
    }
  }

  /// Text of several blocks, with repetitions within blocks and of earlier ones.
  private static let text: [UInt8] = {
    var generator = SeededGenerator(state: 3)
    let words = (0..<5000).map { _ in String(UInt64.random(in: 0 ... .max, using: &generator)) }
    return Array((0..<30_000).map { words[$0 * 7919 % words.count] }.joined(separator: " ").utf8)
  }()

  @Test(arguments: Kind.allCases) func whatWasPackedComesBack(kind: Kind) {
    #expect(kind.unpacked(kind.packed(Self.text)) == Self.text)
    #expect(kind.unpacked(kind.packed([])) == [])
    #expect(kind.unpacked([]) == [])
  }

  @Test func framesFollowEachOther() {
    #expect(Kind.lz4.unpacked(lz4Frame([1, 2]) + lz4Frame([]) + lz4Frame([3])) == [1, 2, 3])
  }

  /// Of bytes that are cut or changed comes what is before, or anything, but no trap and no endless
  /// loop.
  @Test(arguments: Kind.allCases) func brokenBytes(kind: Kind) {
    let whole = kind.packed(Self.text)
    for count in stride(from: 0, to: whole.count, by: 4999) {
      let found = kind.unpacked(Array(whole[..<count]))
      #expect(found.map { Self.text.starts(with: $0) } == true)
    }
    var generator = SeededGenerator(state: 4)
    for _ in 0..<100 {
      var bytes = whole
      for _ in 0..<5 {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[Bool.random(using: &generator) ? index : index % 32] = .random(
          in: 0...255, using: &generator)
      }
      _ = kind.unpacked(bytes)
    }
    #expect(kind.unpacked(Array("Package: not packed\n".utf8)) == [])
  }

  /// A gigabyte in few bytes comes in pieces, so that its reader can stop.
  @Test(arguments: Kind.allCases) func bombs(kind: Kind) {
    #expect(kind.unpacked(kind.packed([UInt8](repeating: 0, count: 50 << 20))) == nil)
  }

  /// What apt keeps, as its own helper reads it.
  @Test(.enabled(if: Self.list != nil && isInstalled(Self.helper)))
  func listsOfApt() throws {
    let list = try #require(Self.list)
    let truth = try Tool.run(Self.helper, ["cat-file", list])
    // #require takes copyable values only.
    guard var stream = LZ4Stream(try contents(of: list)) else { throw CannotUnpack() }
    var position = 0
    while let piece = stream.next() {
      let end = position + piece.count
      try #require(end <= truth.output.count && piece.elementsEqual(truth.output[position..<end]))
      position = end
    }
    #expect(position == truth.output.count)
  }

  private struct CannotUnpack: Error {}

  private static let helper = "/usr/lib/apt/apt-helper"

  private static var list: String? {
    let folder = "/var/lib/apt/lists"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().first { $0.hasSuffix("_Packages.lz4") }.map { "\(folder)/\($0)" }
  }
}
