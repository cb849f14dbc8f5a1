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
    return RawStack(
      addresses: Array(frames.bindMemory(to: UInt64.self)),
      isCutAtLimit: stack.flags & UInt16(FB_STACK_CUT_AT_LIMIT) != 0)
  }
}
