// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// A sample whose walk came to a file that had no table yet, with a copy of its user stack from there
/// on: what the BPF program wrote to the ring `copies`.
struct CopiedStack {
  let state: fb_copied_state
  /// The pages of the stack that could be read, from `state.base` on.
  let pages: [UInt8]

  init(state: fb_copied_state, pages: [UInt8]) {
    self.state = state
    self.pages = pages
  }

  /// - Parameter record: a record of the ring; nil if it is too short for what it says.
  init?(record: UnsafeRawBufferPointer) {
    let headerSize = MemoryLayout<fb_copied_state>.size
    guard record.count >= headerSize else { return nil }
    let state = record.loadUnaligned(as: fb_copied_state.self)
    let size = Int(state.page_count) * Int(FB_COPY_PAGE_SIZE)
    guard size <= record.count - headerSize else { return nil }
    self.init(state: state, pages: Array(record[headerSize..<(headerSize + size)]))
  }

  /// What is known of the code at an address.
  enum Code {
    /// How to leave its frame, in the packed form of `bpf/layout/rows.h`. Without an object it is code
    /// in no file; `bias` is the address in memory less the offset in the file.
    case row(UInt64, object: ObjectIndex?, bias: UInt64)
    /// Its table is being built.
    case pending
    /// It cannot be known, or not any more.
    case unknown
  }

  enum Outcome: Hashable {
    /// The frames from the one on at which the BPF program had to stop, and the reach of the whole
    /// stack, which is not truncated.
    case finished([RawFrame], StackReach)
    /// A table is still missing.
    case pending
    /// The end cannot be reached: the copy is too short, or code or a register is not known.
    case cut
  }

  /// Walks to the first frame of the thread, by the steps of the BPF program itself.
  ///
  /// - Parameters:
  ///   - limit: frames of the whole stack at most.
  ///   - code: what is known of an address.
  func walk(limit: Int, _ code: (UInt64) -> Code) -> Outcome {
    pages.withUnsafeBytes { bytes in
      var walk = fb_copied_walk()
      var state = state
      // Safe: the pages outlive the walk, which reads as many of them as there are.
      guard bytes.count == Int(state.page_count) * Int(FB_COPY_PAGE_SIZE) else { return .cut }
      fb_start_in_copy(&walk, &state, bytes.baseAddress)
      var frames: [RawFrame] = []
      while Int(state.depth) + frames.count <= limit {
        switch code(fb_address_in_copy(&walk)) {
        case .pending: return .pending
        case .unknown: return .cut
        case .row(let row, let object, let bias):
          frames.append(Self.frame(walk.walk, row, object, bias))
          if fb_step_in_copy(&walk, row) != 0 { return Self.outcome(walk.walk, frames) }
        }
      }
      return .cut
    }
  }

  /// The current frame as the BPF program would record it: see `look_up` in `bpf/unwind/lookup.h`.
  private static func frame(
    _ walk: fb_walk, _ row: UInt64, _ object: ObjectIndex?, _ bias: UInt64
  ) -> RawFrame {
    guard let object else { return .address(walk.ip) }
    let kind = fb_row_kind(row)
    let isExact =
      walk.is_interrupted != 0 || kind == FB_ROW_SIGNAL.rawValue || kind == FB_ROW_START.rawValue
    return RawFrame(
      word: fb_location_frame(
        UInt32(truncatingIfNeeded: object), walk.ip &- bias, isExact ? 1 : 0))
  }

  private static func outcome(_ walk: fb_walk, _ frames: [RawFrame]) -> Outcome {
    switch fb_reach(walk.reach) {
    case FB_REACH_COMPLETE: .finished(frames, .complete)
    case FB_REACH_APPROXIMATE: .finished(frames, .approximate)
    default: .cut
    }
  }
}
