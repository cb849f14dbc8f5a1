// SPDX-License-Identifier: Apache-2.0

import Compression
import TestSupport
import Testing

struct CompressionTests {
  /// Hard to compress, so that the output is as long as it can get.
  private func noise(_ size: Int) -> [UInt8] {
    var generator = SeededGenerator(state: 1)
    return (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 32) }
  }

  @Test(arguments: [0, 1, 100_000, 3_000_000])
  func gunzipGivesTheInputBack(size: Int) throws {
    let input = noise(size)
    let folder = try TemporaryFolder()
    let file = try folder.file("data.gz", try Deflate.compress(input, as: .gzip))
    let result = try Tool.run("gzip", ["-dc", file])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.output == input)
  }

  @Test(arguments: [Container.gzip, .zlib], [0, 1, 300_000])
  func thereAndBack(container: Container, size: Int) throws {
    let input = noise(size)
    #expect(try Inflate.decompress(Deflate.compress(input, as: container)) == input)
  }

  @Test func membersOfGzipFollowOneAnother() throws {
    let members = try Deflate.compress([1, 2], as: .gzip) + Deflate.compress([3], as: .gzip)
    #expect(try Inflate.decompress(members) == [1, 2, 3])
  }

  /// Cut in any way, bytes behind the last member are ignored, also if they contain another one.
  @Test(arguments: [1, 7, 1000])
  func bytesBehindTheEndAreIgnored(piece: Int) throws {
    let member = try Deflate.compress([1, 2], as: .gzip)
    let input = member + [0, 0x1f] + member
    let stream = try InflateStream()
    var output: [UInt8] = []
    for start in stride(from: 0, to: input.count, by: piece) {
      stream.feed(Array(input[start..<min(start + piece, input.count)]))
      while let next = try stream.next() { output += next }
    }
    try stream.checkEnd()
    #expect(output == [1, 2])
  }

  @Test func whatIsCutOrBrokenIsAnError() throws {
    let whole = try Deflate.compress(noise(1000), as: .zlib)
    for length in [0, 1, 2, 500, whole.count - 1] {
      #expect(throws: CompressionError.self) {
        try Inflate.decompress(Array(whole.prefix(length)))
      }
    }
    #expect(throws: CompressionError.self) { try Inflate.decompress(noise(100)) }
  }

  @Test func aBombIsDefused() throws {
    let bomb = try Deflate.compress([UInt8](repeating: 0, count: 50_000_000), as: .zlib)
    #expect(bomb.count < 100_000)
    #expect(throws: CompressionError.self) { try Inflate.decompress(bomb, limit: 1_000_000) }
  }
}
