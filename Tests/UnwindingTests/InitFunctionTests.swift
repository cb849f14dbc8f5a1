// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Unwinding

/// `_init` and `_fini`, which nothing describes.
@Suite struct InitFunctionTests {
  /// As glibc's crti.o and crtn.o and gcc's crtbegin.o make them.
  private static let aligned: [UInt8] =
    [0x48, 0x83, 0xec, 0x08]  // sub $8, %rsp
    + [0x48, 0x8b, 0x05, 0xbd, 0x1f, 0x01, 0x00, 0x48, 0x85, 0xc0, 0x74, 0x02, 0xff, 0xd0]
    + [0xe8, 0xc9, 0xc9, 0x16, 0x00]  // A piece of the program's own.
    + [0x48, 0x83, 0xc4, 0x08, 0xc3]  // add $8, %rsp; ret

  @Test func functionsOfLinkers() throws {
    let plain = try #require(InitFunction(Self.aligned, at: 0x1000))
    #expect(plain.begin == 0x1000)
    #expect(plain.body == 0x1004)
    #expect(plain.last == 0x101b)
    let landing = try #require(InitFunction([0xf3, 0x0f, 0x1e, 0xfa] + Self.aligned, at: 0x1000))
    #expect(landing.body == 0x1008)
    #expect(landing.end == 0x1020)
    // musl
    let pushing = try #require(InitFunction([0x50, 0x58, 0xc3], at: 0x1000))
    #expect(pushing.body == 0x1001)
    #expect(pushing.last == 0x1002)
  }

  /// Code that is cut, or that may do anything with rsp.
  @Test func otherCode() {
    for count in 0..<Self.aligned.count {
      #expect(InitFunction(Array(Self.aligned.prefix(count)), at: 0x1000) == nil)
    }
    #expect(InitFunction([0x50, 0x53, 0x5b, 0x58, 0xc3], at: 0x1000) == nil)
    #expect(InitFunction([0x90] + Self.aligned, at: 0x1000) == nil)
  }

  @Test func rowsBesideThoseOfOthers() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x2000, size: 16)
    frame.function(0x3000, size: 16)
    let places: [UInt64] = [0x1000, 0x2008, 0x2010, 0x2ffe, 0x4000]
    let known = places.compactMap {
      InitFunction([0x50, 0x58, 0xc3], at: $0)
    }
    let section = EhFrame(bytes: frame.bytes, address: FrameBytes.address)
    let table = try UnwindTable([section], joining: known)
    #expect(
      table.unpacked == [
        Row(0x1000, RowKind.sp, offset: 1), Row(0x1001, RowKind.sp, offset: 2),
        Row(0x1002, RowKind.sp, offset: 1), Row(0x1003, RowKind.gap),
        Row(0x2000, RowKind.sp, offset: 1),
        // The one at 0x2008 lies in a function that is described.
        Row(0x2011, RowKind.sp, offset: 2), Row(0x2012, RowKind.sp, offset: 1),
        Row(0x2013, RowKind.gap), Row(0x3000, RowKind.sp, offset: 1), Row(0x3010, RowKind.gap),
        Row(0x4000, RowKind.sp, offset: 1), Row(0x4001, RowKind.sp, offset: 2),
        Row(0x4002, RowKind.sp, offset: 1), Row(0x4003, RowKind.gap),
      ])
  }

  @Test func functionsOfALibrary() throws {
    let folder = try TemporaryFolder()
    let path = try folder.compile("int answer(void) { return 42; }", ["-O2"])
    let image = try elfImage(path)
    let table = try UnwindTable(of: image)
    let kept = InitFunction.all(of: image)
    #expect(kept.count == 2)
    for function in kept {
      for (address, words) in [
        (function.begin, 1), (function.body - 1, 1), (function.body, 2), (function.last - 1, 2),
        (function.last, 1),
      ] {
        let row = try #require(table.row(at: address))
        #expect(row.kind == RowKind.sp)
        #expect(Int(row.offset) == words)
      }
    }
  }
}
