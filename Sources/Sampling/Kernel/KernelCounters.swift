// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The counters of a window: one set for each CPU, or their sum. Every member is a `UInt64`, or an array
/// of them; so a new counter is a line of `bpf/layout/counts.h` and none here.
extension fb_counters {
  static func += (sum: inout fb_counters, other: fb_counters) {
    withUnsafeMutableBytes(of: &sum) { sum in
      withUnsafeBytes(of: other) { other in
        // Safe: both are the same struct, which consists of UInt64 words alone.
        let sums = sum.assumingMemoryBound(to: UInt64.self)
        let words = other.assumingMemoryBound(to: UInt64.self)
        for index in sums.indices { sums[index] &+= words[index] }
      }
    }
  }

  /// Runs that recorded nothing, by reason; all reasons of the program are there, also with 0.
  var losses: [LossReason: UInt64] {
    withUnsafeBytes(of: lost) { bytes in
      // Safe: the tuple holds FB_LOSS_REASONS words of 64 bits.
      let counts = bytes.assumingMemoryBound(to: UInt64.self)
      return Dictionary(zip(LossReason.ofProgram, counts), uniquingKeysWith: +)
    }
  }

  /// Runs that recorded nothing, of all reasons.
  var totalLost: UInt64 { losses.values.reduce(0, +) }

  /// What the law `fired = idle + filtered + recorded + Σ lost` leaves over: 0 when no run is under
  /// way.
  var residual: Int64 {
    Int64(bitPattern: fired &- idle &- filtered &- recorded &- totalLost)
  }
}

extension BPFObject {
  /// The counters of the open window, of all CPUs together. Runs that are under way are in `fired`
  /// alone.
  borrowing func counters() throws(SamplingError) -> fb_counters {
    try counters(of: shared.generation)
  }

  borrowing func counters(of generation: UInt32) throws(SamplingError) -> fb_counters {
    try map(.counters).perCPU(generation, of: fb_counters())
      .reduce(into: fb_counters()) { $0 += $1 }
  }
}
