// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// A sample whose walk was finished in a copy of its stack.
struct FinishedStack {
  /// What the BPF program counted it by, without the generation. The stack of the key ends with the
  /// frame at which the program had to stop.
  let key: fb_count_key
  /// In the event's unit.
  let value: UInt64
  /// In monotonic nanoseconds; that of its tick, if times are kept.
  let time: UInt64
  /// From the last frame of the key's stack on, which they replace.
  let frames: [RawFrame]
  let reach: StackReach

  init(_ state: fb_copied_state, _ frames: [RawFrame], _ reach: StackReach) {
    var key = state.key
    key.flags &= ~UInt32(FB_KEY_GENERATION)
    self.key = key
    value = state.value
    time = state.now
    self.frames = frames
    self.reach = reach
  }

  /// The stack as it would have been counted.
  ///
  /// - Parameter cut: the stack of the key.
  func whole(_ cut: RawStack) -> RawStack {
    RawStack(frames: cut.frames.dropLast() + frames, reach: reach)
  }

  /// The sample alone, as a count.
  var count: fb_count {
    fb_count(samples: 1, value: value, first_ns: time, last_ns: time, id: 0)
  }
}

/// What became of the copied stacks of a window.
struct FinishedStacks {
  var all: [FinishedStack] = []
  /// Those that were not finished: their samples stay truncated.
  var leftCount: UInt64 = 0

  /// The finished ones by the bytes of their keys, each in the order of time.
  var byKey: [[UInt8]: [FinishedStack]] {
    Dictionary(grouping: all) { Self.bytes(of: $0.key) }
      .mapValues { $0.sorted { $0.time < $1.time } }
  }

  /// A key in a form that can be compared.
  static func bytes(of key: fb_count_key) -> [UInt8] {
    // Safe: a copy of the struct, which has no padding.
    withUnsafeBytes(of: key) { Array($0) }
  }

  /// The law of the copied stacks of a window; nil if there are none.
  ///
  /// - Parameters:
  ///   - counters: those of the window.
  ///   - usedCount: finished ones that have replaced the stack of a sample.
  func law(_ counters: fb_counters, usedCount: UInt64) -> ConservationLaw? {
    let total = counters.copied + counters.not_copied
    guard total > 0 else { return nil }
    return ConservationLaw(
      "copied_stacks", .runs, total: total,
      parts: [
        .init("finished", usedCount), .init("left truncated", leftCount),
        .init("not copied", counters.not_copied),
      ])
  }
}
