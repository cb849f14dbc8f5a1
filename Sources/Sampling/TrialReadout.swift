// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

extension UnwindingTrial {
  /// Sums the trials of all CPUs.
  init(_ object: borrowing BPFObject) throws(SamplingError) {
    self.init()
    var slots = [UInt64](repeating: 0, count: Int(FB_TRIAL_SLOTS))
    for cpu in try object.map(.trial).perCPU(0, of: fb_trial()) {
      walks += cpu.walk_count
      frames += cpu.frames
      walkNanoseconds += cpu.walk_ns
      tableRuns += cpu.table_runs
      tableNanoseconds += cpu.table_ns
      helperRuns += cpu.helper_runs
      helperNanoseconds += cpu.helper_ns
      withUnsafeBytes(of: cpu.walks) { bytes in
        // Safe: the tuple holds FB_TRIAL_SLOTS numbers of 64 bits.
        let own = bytes.bindMemory(to: UInt64.self)
        for index in slots.indices { slots[index] += own[index] }
      }
    }
    medianNanosecondsPerFrame = Self.median(of: slots) * Double(FB_TRIAL_SLOT_NS)
  }

  /// The median in slots, as if the walks of a slot were spread evenly over it; 0 if there are none.
  static func median(of slots: [UInt64]) -> Double {
    let half = Double(slots.reduce(0, +)) / 2
    var below = 0.0
    for (index, count) in slots.enumerated() where count > 0 {
      if below + Double(count) >= half { return Double(index) + (half - below) / Double(count) }
      below += Double(count)
    }
    return 0
  }
}
