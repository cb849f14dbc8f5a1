// SPDX-License-Identifier: Apache-2.0

import System

/// The kernel's limit of samples per second and CPU.
package enum SampleRate {
  /// Reads the kernel's limit `kernel.perf_event_max_sample_rate`, in samples per second and CPU;
  /// nil if it cannot be read. The kernel lowers the limit when handling samples takes too long.
  package static func limit() -> Int? {
    ProcFile.number("/proc/sys/kernel/perf_event_max_sample_rate")
  }

  /// Throws if a rate is above the limit.
  static func check(_ rate: SamplingRate) throws(SamplingError) {
    if case .frequency(let hertz) = rate, let limit = limit(), hertz > limit {
      throw .rateAboveLimit(requested: hertz, limit: limit)
    }
  }
}
