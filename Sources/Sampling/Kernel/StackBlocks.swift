// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel

/// The frames of all stacks, as the program stored them: its array of blocks, mapped.
struct StackBlocks: ~Copyable {
  private let memory: UnsafeRawPointer
  private let blockCount: Int

  private static let blockSize = MemoryLayout<fb_block>.size

  init(map: BPFMap, blockCount: Int) throws(SamplingError) {
    let memory = mmap(nil, blockCount * Self.blockSize, PROT_READ, MAP_SHARED, map.descriptor, 0)
    guard let memory, memory != MAP_FAILED else { throw .system(.last("mmap", "stack blocks")) }
    self.memory = UnsafeRawPointer(memory)
    self.blockCount = blockCount
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: memory), blockCount * Self.blockSize) }

  /// nil if the place lies outside, which would be a defect of the program.
  borrowing func frames(of stack: fb_stack) -> RawStack? {
    let length = Int(stack.length)
    let frameOffset = Int(stack.first_block) * Int(FB_BLOCK_FRAMES)
    guard length > 0, frameOffset + length <= blockCount * Int(FB_BLOCK_FRAMES) else { return nil }
    // Safe: the range was checked, and the kernel's array is aligned to 8 bytes.
    let frames = UnsafeRawBufferPointer(
      start: memory + frameOffset * MemoryLayout<UInt64>.size,
      count: length * MemoryLayout<UInt64>.size)
    let isKernel = stack.flags & UInt16(FB_STACK_IS_KERNEL) != 0
    return RawStack(
      frames: frames.bindMemory(to: UInt64.self).map { Self.frame($0, isKernel: isKernel) },
      reach: Self.reach(stack))
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
