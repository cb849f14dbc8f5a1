// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The frames of all stacks, as the program stored them in its array of blocks.
struct StackBlocks: ~Copyable {
  private let blocks: MappedArray<fb_block>
  /// Which ones of the array.
  private let held: Range<Int>

  /// - Parameter places: of all the stacks that will be asked for.
  init(map: BPFMap, holding places: some Sequence<fb_stack>) throws(SamplingError) {
    let ranges = places.map(Self.range).filter { !$0.isEmpty }
    let first = ranges.map(\.lowerBound).min() ?? 0
    let held = first..<(ranges.map(\.upperBound).max() ?? first + 1)
    blocks = try MappedArray(map, held)
    self.held = held
  }

  /// nil if the place lies outside, which would be a defect of the program.
  borrowing func frames(of stack: fb_stack) -> RawStack? {
    let range = Self.range(of: stack)
    guard !range.isEmpty, held.lowerBound <= range.lowerBound, range.upperBound <= held.upperBound
    else { return nil }
    let isKernel = stack.flags & UInt16(FB_STACK_IS_KERNEL) != 0
    var frames: [RawFrame] = []
    frames.reserveCapacity(range.count * Int(FB_BLOCK_FRAMES))
    for index in range {
      let block = blocks[index - held.lowerBound].frames
      for word in [
        block.0, block.1, block.2, block.3, block.4, block.5, block.6, block.7,
      ] {
        frames.append(Self.frame(word, isKernel: isKernel))
      }
    }
    frames.removeLast(frames.count - Int(stack.length))
    return RawStack(frames: frames, reach: Self.reach(stack))
  }

  private static func range(of stack: fb_stack) -> Range<Int> {
    let first = Int(stack.first_block)
    let count = (Int(stack.length) + Int(FB_BLOCK_FRAMES) - 1) / Int(FB_BLOCK_FRAMES)
    return first..<(first + count)
  }

  private static func frame(_ word: UInt64, isKernel: Bool) -> RawFrame {
    // Kernel addresses have bit 63 set, too.
    if isKernel || word & frameInObject == 0 { return .address(word) }
    return .place(
      object: Int((word & ~frameInObject) >> UInt64(FB_FRAME_OBJECT_SHIFT)),
      fileOffset: word & (frameInterrupted - 1), isInterrupted: word & frameInterrupted != 0)
  }

  // FB_FRAME_IN_OBJECT and FB_FRAME_INTERRUPTED: Swift does not import shifts of long constants.
  private static let frameInObject: UInt64 = 1 << 63
  private static let frameInterrupted: UInt64 = 1 << 40

  /// `enum fb_reach`.
  private static func reach(_ stack: fb_stack) -> StackReach? {
    let reach = fb_reach(UInt32(stack.flags >> UInt16(FB_STACK_REACH_SHIFT)))
    switch reach {
    case FB_REACH_NONE: return nil
    case FB_REACH_COMPLETE: return .complete
    case FB_REACH_APPROXIMATE: return .approximate
    default: return .truncated(truncations[reach.rawValue] ?? .internal)
    }
  }

  private static let truncations: [UInt32: Truncation] = [
    FB_REACH_DEPTH.rawValue: .depth, FB_REACH_NO_MAPPING.rawValue: .noMapping,
    FB_REACH_MAPPING_PENDING.rawValue: .mappingPending, FB_REACH_NO_CFI.rawValue: .noCFI,
    FB_REACH_JIT_NO_FP.rawValue: .jitNoFramePointer,
    FB_REACH_UNSUPPORTED_REGISTER.rawValue: .unsupportedRegister,
    FB_REACH_UNSUPPORTED_EXPRESSION.rawValue: .unsupportedExpression,
    FB_REACH_DOES_NOT_FIT.rawValue: .doesNotFit,
    FB_REACH_ODD_RETURN_ADDRESS.rawValue: .oddReturnAddress,
    FB_REACH_ODD_RBP.rawValue: .oddRBP,
    FB_REACH_READ_RETURN_ADDRESS.rawValue: .readReturnAddress,
    FB_REACH_READ_RBP.rawValue: .readRBP, FB_REACH_READ_CFA.rawValue: .readCFA,
    FB_REACH_ZERO_RETURN_ADDRESS.rawValue: .zeroReturnAddress,
    FB_REACH_BAD_PC.rawValue: .badPC, FB_REACH_NO_PROGRESS.rawValue: .noProgress,
    FB_REACH_BELOW_TABLE.rawValue: .belowTable, FB_REACH_TABLE_BUDGET.rawValue: .tableBudget,
  ]
}
