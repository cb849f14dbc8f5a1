// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The frames of stacks, in the program's array of blocks.
struct StackBlocks: ~Copyable {
  private let blocks: MappedArray<fb_block>
  /// The part of the array that is mapped.
  private let held: Range<Int>

  /// - Parameter stacks: all the stacks whose frames are read later.
  init(map: BPFMap, holding stacks: some Sequence<fb_stack>) throws(SamplingError) {
    let ranges = stacks.map(Self.range).filter { !$0.isEmpty }
    let first = ranges.map(\.lowerBound).min() ?? 0
    let held = first..<(ranges.map(\.upperBound).max() ?? first + 1)
    blocks = try MappedArray(map, held)
    self.held = held
  }

  /// Nil for a stack that lies outside of `held`. One that was left out has no frames.
  borrowing func frames(of stack: fb_stack) -> RawStack? {
    let range = Self.range(of: stack)
    guard !range.isEmpty else {
      return RawStack(frames: [], reach: StackReach(stackFlags: stack.flags))
    }
    guard held.lowerBound <= range.lowerBound, range.upperBound <= held.upperBound
    else { return nil }
    let isKernel = fb_stack_is_kernel(stack.flags) != 0
    var frames: [RawFrame] = []
    frames.reserveCapacity(range.count * Int(FB_BLOCK_FRAMES))
    for index in range {
      let block = blocks[index - held.lowerBound].frames
      for word in [
        block.0, block.1, block.2, block.3, block.4, block.5, block.6, block.7,
      ] {
        frames.append(isKernel ? .address(word) : RawFrame(word: word))
      }
    }
    frames.removeLast(frames.count - Int(stack.length))
    return RawStack(frames: frames, reach: StackReach(stackFlags: stack.flags))
  }

  private static func range(of stack: fb_stack) -> Range<Int> {
    let first = Int(stack.first_block)
    let count = (Int(stack.length) + Int(FB_BLOCK_FRAMES) - 1) / Int(FB_BLOCK_FRAMES)
    return first..<(first + count)
  }
}

extension RawFrame {
  /// - Parameter word: a frame of a user stack, as `bpf/layout/frames.h` packs it.
  init(word: UInt64) {
    switch fb_frame_kind(word) {
    case UInt32(FB_FRAME_LOCATION.rawValue):
      self = .place(
        object: Int(fb_frame_object(word)), fileOffset: fb_frame_file_offset(word),
        isInterrupted: fb_frame_is_interrupted(word) != 0)
    default:
      self = .address(word)
    }
  }
}
