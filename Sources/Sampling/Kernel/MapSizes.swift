// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims

/// Entries of the maps, set before loading.
struct MapSizes {
  /// Distinct stacks of a window, and as many counts.
  let stacks: Int
  /// Blocks of the stacks of a window.
  let blocks: Int
  /// Times of samples of a window; 0 where they are not kept.
  let ticks: Int
  /// Rows of all unwind tables.
  let rows: Int
  /// 1: one window, which is read when no program runs any more. 2: windows that follow each other; the
  /// maps have space for two, and take twice the memory.
  let generations: Int
  /// Number of *possible* CPUs.
  let cpus: Int
  /// Entries of the maps of single collectors.
  private let ofCollectors: [(map: MapName, count: Int)]

  /// Processes that can be targets.
  private static let targets = 16_384

  /// - Parameters:
  ///   - stacks: distinct stacks of a window that fit. A stack has 8 blocks of 8 frames on average, and
  ///     32 where deeper ones than usual are requested.
  ///   - maximumDepth: frames of a user stack at most.
  ///   - ofCollectors: entries of the maps that only a collector uses.
  init(
    stacks: Int, maximumDepth: Int, rows: Int, ticks: Int, generations: Int = 1,
    ofCollectors: [(map: MapName, count: Int)] = []
  ) {
    self.ofCollectors = ofCollectors
    self.stacks = stacks
    self.rows = rows
    self.ticks = ticks
    self.generations = generations
    blocks = stacks * (maximumDepth > SamplingPlan.defaultDepth ? 32 : 8)
    cpus = max(1, Int(libbpf_num_possible_cpus()))
  }

  /// The maps whose sizes are not constant. All have at least one entry.
  var entries: [(map: MapName, count: Int)] {
    [
      (.counters, generations),
      (.counts, generations * stacks),
      (.stacks, generations * stacks),
      (.blocks, generations * blocks),
      (.ticks, max(1, generations * ticks)),
      (.targets, Self.targets),
      (.rows, rows),
      (.objects, UnwindTables.objectCapacity),
      (.knownFrames, cpus << Int(FB_KNOWN_FRAMES_BITS)),
      (.trails, cpus),
    ] + ofCollectors
  }
}
