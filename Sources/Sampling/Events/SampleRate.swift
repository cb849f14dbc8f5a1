// SPDX-License-Identifier: Apache-2.0

import System

/// How often the kernel lets anybody sample.
public enum SampleRate {
  /// `kernel.perf_event_max_sample_rate`, which the kernel lowers by itself when handlers are slow.
  public static func limit() -> Int? {
    ProcFile.number("/proc/sys/kernel/perf_event_max_sample_rate")
  }

  static func check(_ rate: SamplingRate) throws(SamplingError) {
    if case .frequency(let hertz) = rate, let limit = limit(), hertz > limit {
      throw .rateAboveLimit(requested: hertz, limit: limit)
    }
  }
}
