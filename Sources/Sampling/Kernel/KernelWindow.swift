// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// What the program counted in one window, which is closed: no run changes it any more.
///
/// It reads the maps, so it must not outlive the object, and is invalid once it was recycled.
struct KernelWindow: ~Copyable {
  /// The counters of all CPUs together.
  let counters: fb_counters
  /// In no order. The keys have no generation bit.
  let counts: [(key: fb_count_key, count: fb_count)]
  /// That of the window's part of the maps: 0 or 1.
  let generation: UInt32
  private let stacks: [UInt64: fb_stack]
  private let blocks: StackBlocks

  fileprivate init(
    _ object: borrowing BPFObject, generation: UInt32
  ) throws(SamplingError) {
    let counters = try object.counters(of: generation)
    let counts = try Self.counts(object.map(.counts), of: generation)
    let stacks = try Self.stacks(object.map(.stacks), of: generation)
    let blocks = try StackBlocks(map: object.map(.blocks), holding: stacks.values)
    self.counters = counters
    self.counts = counts
    self.generation = generation
    self.stacks = stacks
    self.blocks = blocks
  }

  /// A stack by its id in a count key; nil if it is not there, which would be a defect.
  borrowing func stack(_ id: UInt64) -> RawStack? {
    stacks[id].flatMap { blocks.frames(of: $0) }
  }

  /// The times of samples in monotonic nanoseconds, in their order, by `fb_count.id`. Empty where times
  /// are not kept.
  borrowing func times(of object: borrowing BPFObject) throws(SamplingError) -> [UInt64: [UInt64]] {
    let capacity = object.sizes.ticks
    let used = min(object.shared.window(generation).ticks_used, UInt64(capacity))
    guard used > 0 else { return [:] }
    let first = Int(generation) * capacity
    let ticks = try MappedArray<fb_tick>(object.map(.ticks), first..<first + Int(used))
    var times: [UInt64: [UInt64]] = [:]
    for index in 0..<ticks.count {
      let tick = ticks[index]
      times[tick.count_id, default: []].append(tick.ns)
    }
    // CPUs take entries in order, and fill them later.
    return times.mapValues { $0.sorted() }
  }

  /// Empties the window's part of the maps, so that the next window but one can use it.
  consuming func recycle(in object: borrowing BPFObject) throws(SamplingError) {
    try object.map(.counts).delete(
      counts.map { entry in
        var key = entry.key
        if generation != 0 { key.flags |= UInt32(FB_KEY_GENERATION) }
        return key
      })
    try object.map(.stacks).delete(Array(stacks.keys))
    let firstShare = Int(generation) * Int(FB_SHARES)
    try MappedArray<fb_share>(
      object.map(.shares), firstShare..<firstShare + Int(FB_SHARES)
    ).fill(from: 0, with: Array(repeating: fb_share(), count: Int(FB_SHARES)))
    try object.map(.counters).setPerCPU(generation, to: fb_counters())
    object.shared.reset(generation)
  }

  private static func counts(
    _ map: BPFMap, of generation: UInt32
  ) throws(SamplingError) -> [(key: fb_count_key, count: fb_count)] {
    let bit = UInt32(FB_KEY_GENERATION)
    var counts: [(key: fb_count_key, count: fb_count)] = []
    try map.forEach(key: fb_count_key(), value: fb_count()) { key, count in
      guard (key.flags & bit != 0) == (generation != 0) else { return }
      var key = key
      key.flags &= ~bit
      counts.append((key, count))
    }
    return counts
  }

  private static func stacks(
    _ map: BPFMap, of generation: UInt32
  ) throws(SamplingError) -> [UInt64: fb_stack] {
    var stacks: [UInt64: fb_stack] = [:]
    try map.forEach(key: UInt64(0), value: fb_stack()) { id, stack in
      if fb_stack_generation(stack.flags) == generation { stacks[id] = stack }
    }
    return stacks
  }
}

extension BPFObject {
  /// Closes the open window and returns it.
  ///
  /// With two generations the next window is open before this one is closed, so that no sample is
  /// missing in between. The window before must have been recycled. It takes an RCU grace period, some
  /// 20 ms. With one generation no run may be under way, and none may start before the window was
  /// recycled.
  borrowing func closeWindow() throws(SamplingError) -> KernelWindow {
    guard sizes.generations > 1 else { return try KernelWindow(self, generation: 0) }
    let generation = shared.advanceGeneration()
    fb_wait_for_running_programs()
    return try KernelWindow(self, generation: generation)
  }
}
