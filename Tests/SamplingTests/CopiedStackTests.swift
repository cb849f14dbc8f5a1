// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel
import Testing

@testable import Sampling

/// Walks in copies of stacks, by rows and words that are made here.
@Suite struct CopiedStackTests {
  private static let base: UInt64 = 0x7ffc_0000_1000
  private static let bias: UInt64 = 0x40_0000

  /// A copy of one page.
  ///
  /// - Parameter words: by their offset in the page.
  private func copy(
    ip: UInt64, sp: UInt64, bp: UInt64 = 0, depth: UInt32 = 1, _ words: [UInt64: UInt64]
  ) -> CopiedStack {
    var pages = [UInt8](repeating: 0, count: Int(FB_COPY_PAGE_SIZE))
    for (offset, word) in words {
      withUnsafeBytes(of: word.littleEndian) { bytes in
        for index in 0..<8 { pages[Int(offset) + index] = bytes[index] }
      }
    }
    var state = fb_copied_state()
    (state.ip, state.sp, state.bp) = (ip, Self.base &+ sp, bp)
    (state.base, state.page_count, state.depth) = (Self.base, 1, depth)
    state.is_interrupted = depth == 1 ? 1 : 0
    state.leaf_registers.3 = Self.base + 0x200
    return CopiedStack(state: state, pages: pages)
  }

  private func row(_ kind: fb_row_kind, rbp: UInt8 = 0, offset: UInt16 = 0, of object: Int? = 7)
    -> CopiedStack.Code
  {
    .row(fb_row(0, fb_row_action(kind.rawValue, rbp, offset)), object: object, bias: Self.bias)
  }

  private func place(_ offset: UInt64, isInterrupted: Bool = false) -> RawFrame {
    .place(object: 7, fileOffset: offset, isInterrupted: isInterrupted)
  }

  /// The leaf by rsp, its caller by rbp, then the first frame.
  private func threeFrames(depth: UInt32 = 1) -> CopiedStack {
    copy(
      ip: 0x40_1010, sp: 0x100, depth: depth,
      [0x100: Self.base + 0x300, 0x108: 0x40_1100, 0x308: 0x40_1200])
  }

  private func codeOfThreeFrames(_ address: UInt64) -> CopiedStack.Code {
    switch address {
    case 0x40_1010, 0x40_100f: row(FB_ROW_SP, rbp: UInt8(bitPattern: -2), offset: 2)
    case 0x40_10ff: row(FB_ROW_BP, rbp: UInt8(bitPattern: -2), offset: 2)
    case 0x40_11ff: row(FB_ROW_END)
    default: .unknown
    }
  }

  @Test func aWalkToTheFirstFrame() {
    #expect(
      threeFrames().walk(limit: 512, codeOfThreeFrames)
        == .finished([place(0x1010, isInterrupted: true), place(0x1100), place(0x1200)], .complete))
    // Two callees were walked in the kernel.
    #expect(
      threeFrames(depth: 3).walk(limit: 512, codeOfThreeFrames)
        == .finished([place(0x1010), place(0x1100), place(0x1200)], .complete))
  }

  @Test func whatIsMissingEndsIt() {
    let stack = threeFrames()
    func walk(_ address: UInt64, _ code: CopiedStack.Code) -> CopiedStack.Outcome {
      stack.walk(limit: 512) { $0 == address ? code : codeOfThreeFrames($0) }
    }
    #expect(walk(0x40_10ff, .pending) == .pending)
    #expect(walk(0x40_11ff, .unknown) == .cut)
    #expect(walk(0x40_11ff, row(FB_ROW_UNSUPPORTED_EXPRESSION)) == .cut)
    // Without a frame pointer: rbp is 0 there.
    #expect(walk(0x40_11ff, row(FB_ROW_GAP)) == .cut)
    #expect(stack.walk(limit: 3, codeOfThreeFrames) != .cut)
    #expect(stack.walk(limit: 2, codeOfThreeFrames) == .cut)
  }

  @Test(arguments: [0xff0, 0xff8, 0x1000, 0xffff_ffff_ffff_fff8] as [UInt64])
  func nothingIsReadBeyondTheCopy(sp: UInt64) {
    let stack = copy(ip: 0x40_1010, sp: sp, [:])
    #expect(stack.walk(limit: 512) { _ in row(FB_ROW_SP, offset: 3) } == .cut)
    #expect(stack.walk(limit: 512) { _ in row(FB_ROW_DEREF_SP, offset: 0x7fc0) } == .cut)
    #expect(stack.walk(limit: 512) { _ in row(FB_ROW_SIGNAL) } == .cut)
  }

  @Test func aRegisterIsKnownAtTheLeafOnly() {
    let rbx = fb_row_kind(FB_ROW_REGISTER.rawValue + 3)
    func walk(depth: UInt32) -> CopiedStack.Outcome {
      copy(ip: 0x40_1010, sp: 0x100, depth: depth, [0x208: 0x40_1200]).walk(limit: 512) {
        $0 == 0x40_11ff ? row(FB_ROW_END) : row(rbx, offset: 2)
      }
    }
    #expect(
      walk(depth: 1)
        == .finished([place(0x1010, isInterrupted: true), place(0x1200)], .complete))
    #expect(walk(depth: 2) == .cut)
  }

  @Test func framePointersMakeItApproximate() {
    let stack = copy(
      ip: 0x9000_0000, sp: 0x100, bp: Self.base + 0x180, [0x180: 0, 0x188: 0x40_1200])
    let outcome = stack.walk(limit: 512) {
      $0 == 0x40_11ff ? row(FB_ROW_END) : row(FB_ROW_ANONYMOUS, of: nil)
    }
    #expect(outcome == .finished([.address(0x9000_0000), place(0x1200)], .approximate))
  }

  /// The registers are in the ucontext_t, and both frames are exact: none was called.
  @Test func fromASignalHandler() {
    let context: UInt64 = 0x100 + 40
    let stack = copy(
      ip: 0x40_1500, sp: 0x100, depth: 2,
      [context + 8 * 16: 0x40_1010, context + 8 * 15: Self.base + 0x800, context + 8 * 10: 0])
    let outcome = stack.walk(limit: 512) {
      $0 == 0x40_14ff ? row(FB_ROW_SIGNAL) : $0 == 0x40_1010 ? row(FB_ROW_END) : .unknown
    }
    #expect(
      outcome
        == .finished(
          [place(0x1500, isInterrupted: true), place(0x1010, isInterrupted: true)], .complete))
  }

  /// Whatever the words and the rows are, a walk ends.
  @Test func hostileStacks() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var words: [UInt64: UInt64] = [:]
      for offset in stride(from: UInt64(0), to: 4096, by: 8) {
        words[offset] =
          Bool.random(using: &generator)
          ? Self.base + .random(in: 0..<4096, using: &generator)
          : .random(in: 0..<(1 << 48), using: &generator)
      }
      let stack = copy(
        ip: .random(in: 0...UInt64.max, using: &generator), sp: .random(in: 0..<4096),
        bp: Self.base + .random(in: 0..<4096), words)
      var lookups = 0
      _ = stack.walk(limit: 512) { _ in
        lookups += 1
        let row = fb_row(0, .random(in: 0...UInt32.max, using: &generator))
        return .row(row, object: Int.random(in: 0..<100), bias: 0)
      }
      #expect(lookups <= 512)
    }
  }

  @Test func records() throws {
    let stack = threeFrames()
    var record = withUnsafeBytes(of: stack.state) { Array($0) } + stack.pages
    // The ring's records are of one size.
    record += [UInt8](repeating: 0xff, count: 7 * Int(FB_COPY_PAGE_SIZE))
    let read = record.withUnsafeBytes { CopiedStack(record: $0) }
    #expect(try #require(read).pages == stack.pages)
    #expect(
      try #require(read).walk(limit: 512, codeOfThreeFrames)
        == stack.walk(limit: 512, codeOfThreeFrames))
    for count in [0, 8, MemoryLayout<fb_copied_state>.size + 100] {
      #expect(record.prefix(count).withUnsafeBytes { CopiedStack(record: $0) } == nil)
    }
  }
}
