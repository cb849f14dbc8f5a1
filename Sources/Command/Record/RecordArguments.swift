// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sampling

/// A list of process or thread ids: `12,34`.
struct PIDList: ExpressibleByArgument {
  var pids: [Int32]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    pids = parts.compactMap { Int32($0) }.filter { $0 > 0 }
    guard pids.count == parts.count else { return nil }
  }
}

/// The argument of `-e`, such as `page-faults`.
struct EventArgument: ExpressibleByArgument {
  var event: SampledEvent

  init?(argument: String) {
    guard let event = SampledEvent(argument) else { return nil }
    self.event = event
  }
}

/// The argument of `-F`: `99` or `max`.
struct Frequency: ExpressibleByArgument {
  /// Samples per second and CPU; nil for `max`.
  var hertz: Int?

  init?(argument: String) {
    if argument == "max" { return }
    guard let number = Int(argument) else { return nil }
    hertz = number
  }

  /// The highest rate without `--high-frequency`, in Hz. Above it the timer interrupts distort the
  /// result, and kernels have hung.
  static let ordinaryLimit = 4999

  /// The rate in Hz.
  ///
  /// - Throws: A usage error for a rate below 1, above the kernel's limit, or above `ordinaryLimit`
  ///   unless `allowingHigh`.
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
        "-F \(hertz): rates above \(Self.ordinaryLimit) Hz distort the result; "
          + "--high-frequency allows them")
    }
    return hertz
  }
}

/// A length of time: `30` (seconds), `500ms`, `1.5m`, `1h`. From 1 ms to less than a year.
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
    // The upper bound of a year keeps all sums far from overflow.
    guard let count = Double(number), count * seconds >= 0.001, count * seconds < 31_536_000 else {
      return nil
    }
    nanoseconds = UInt64(count * seconds * 1e9)
  }
}
