// SPDX-License-Identifier: Apache-2.0

import Compression
import Foundation
import TestSupport
import Testing

struct LZ4StreamTests {
  private func frame(_ blocks: [[UInt8]], flags: UInt8 = 0x40, end: Bool = true) -> [UInt8] {
    var frame: [UInt8] = [0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0]
    for block in blocks {
      frame += (0..<4).map { UInt8(truncatingIfNeeded: block.count >> ($0 * 8)) } + block
    }
    return end ? frame + [0, 0, 0, 0] : frame
  }

  private func text(_ frame: [UInt8]) throws -> String? {
    guard var stream = LZ4Stream(frame) else { return nil }
    var bytes: [UInt8] = []
    while let piece = try stream.next() { bytes += piece }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func literalsAndMatches() throws {
    // "abc" and 9 bytes from 3 back, which repeats what it copies; then "!".
    let block: [UInt8] = [0x35] + Array("abc".utf8) + [3, 0, 0x10] + Array("!".utf8)
    #expect(try text(frame([block])) == "abcabcabcabc!")
  }

  @Test func longLengths() throws {
    // 15 + 255 + 30 literals, and 4 + 15 + 2 bytes of a match.
    let literals = [UInt8](repeating: UInt8(ascii: "x"), count: 300)
    let block: [UInt8] = [0xff, 255, 30] + literals + [1, 0, 2, 0x10] + Array("y".utf8)
    #expect(try text(frame([block])) == String(repeating: "x", count: 321) + "y")
  }

  @Test func blocksReferToEarlierOnes() throws {
    let first: [UInt8] = [0x80] + Array("abcdefgh".utf8)
    let second: [UInt8] = [0x02, 8, 0, 0x10] + Array("!".utf8)
    #expect(try text(frame([first, second])) == "abcdefghabcdef!")
    // Independent blocks must not.
    #expect(throws: CompressionError.self) { try text(frame([first, second], flags: 0x60)) }
  }

  @Test(
    arguments: [
      [0x35, 0x61], [0x10, 0x61, 1], [0x10, 0x61, 0, 0], [0x10, 0x61, 2, 0], [0xf0, 255, 255], [],
      [0x1f, 0x61, 1, 0] + [UInt8](repeating: 255, count: 300),
    ] as [[UInt8]])
  func brokenBlocks(block: [UInt8]) {
    let bytes = block.isEmpty ? frame([[0x80]]) : frame([block])
    #expect(throws: CompressionError.self) { try text(bytes) }
  }

  @Test func otherFrames() throws {
    #expect(LZ4Stream([]) == nil)
    #expect(LZ4Stream(frame([], flags: 0x41)) == nil)
    #expect(LZ4Stream(frame([], flags: 0x80)) == nil)
    #expect(throws: CompressionError.self) { try text(frame([[0x10, 0x61]], end: false)) }
    #expect(try text(frame([])) == "")
  }

  /// What apt keeps, as its own helper reads it.
  @Test(.enabled(if: Self.list != nil && isInstalled(Self.helper)))
  func listsOfApt() throws {
    let list = try #require(Self.list)
    let truth = try Tool.run(Self.helper, ["cat-file", list])
    var stream = try #require(LZ4Stream(try contents(of: list)))
    var position = 0
    while let piece = try stream.next() {
      let end = position + piece.count
      try #require(end <= truth.output.count && piece.elementsEqual(truth.output[position..<end]))
      position = end
    }
    #expect(position == truth.output.count)
  }

  static let helper = "/usr/lib/apt/apt-helper"

  static var list: String? {
    let folder = "/var/lib/apt/lists"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().first { $0.hasSuffix("_Packages.lz4") }.map { "\(folder)/\($0)" }
  }
}
