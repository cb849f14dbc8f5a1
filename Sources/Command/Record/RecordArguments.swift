// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sampling

/// `-p 12,34`
struct PIDList: ExpressibleByArgument {
  var pids: [Int32]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    pids = parts.compactMap { Int32($0) }.filter { $0 > 0 }
    guard pids.count == parts.count else { return nil }
  }
}

/// `-e page-faults`
struct EventArgument: ExpressibleByArgument {
  var event: SampledEvent

  init?(argument: String) {
    guard let event = SampledEvent(argument) else { return nil }
    self.event = event
  }
}

/// `-F 99`, `-F max`
struct Frequency: ExpressibleByArgument {
  /// Nil is as many as there can be.
  var hertz: Int?

  init?(argument: String) {
    if argument == "max" { return }
    guard let number = Int(argument) else { return nil }
    hertz = number
  }

  /// Above it the interrupts themselves become what is measured, and kernels have hung.
  static let ordinaryLimit = 4999

  /// - Throws: for what is no rate, or too high for what was allowed.
  func resolved(allowingHigh: Bool) throws(Failure) -> Int {
    let kernelLimit = SampleRate.limit() ?? Self.ordinaryLimit
    guard let hertz else {
      return min(kernelLimit, allowingHigh ? kernelLimit : Self.ordinaryLimit)
    }
    guard hertz > 0 else { throw .usage("-F \(hertz): the rate must be at least 1 Hz") }
    guard hertz <= kernelLimit else {
      throw .usage(
        "-F \(hertz) is above kernel.perf_event_max_sample_rate, which is \(kernelLimit) here")
    }
    guard hertz <= Self.ordinaryLimit || allowingHigh else {
      throw .usage(
        "-F \(hertz): rates above \(Self.ordinaryLimit) Hz disturb what they measure; "
          + "--high-frequency allows them")
    }
    return hertz
  }
}

/// `-d 30`, `-d 500ms`, `-d 1.5m`, `-d 1h`
struct DurationArgument: ExpressibleByArgument {
  var nanoseconds: UInt64

  init?(argument: String) {
    let number = argument.prefix { $0.isNumber || $0 == "." }
    let seconds: Double
    switch argument.dropFirst(number.count) {
    case "", "s": seconds = 1
    case "ms": seconds = 0.001
    case "m", "min": seconds = 60
    case "h": seconds = 3600
    default: return nil
    }
    // A year is longer than anybody waits, and far from any overflow.
    guard let count = Double(number), count * seconds >= 0.001, count * seconds < 31_536_000 else {
      return nil
    }
    nanoseconds = UInt64(count * seconds * 1e9)
  }
}
