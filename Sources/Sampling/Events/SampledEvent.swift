// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The event that a sample is taken at, by the name that perf has for it.
public struct SampledEvent: Hashable, Sendable {
  enum Source: Hashable, Sendable {
    /// A `PERF_COUNT_SW_*` of linux/perf_event.h. A clock counts nanoseconds, the others count events.
    case software(UInt64, isClock: Bool)
    /// A `PERF_COUNT_HW_*`.
    case hardware(UInt64)
    case tracepoint(category: String, name: String)
    case uprobe(file: String, symbol: String)
  }

  let source: Source
  /// The name without `:u` and `:k`; of a tracepoint or uprobe the whole text.
  public let name: String
  /// Whether it occurs in user mode (not with `:k`) and in kernel mode (not with `:u`).
  let countsUserMode: Bool
  let countsKernelMode: Bool

  /// Time on CPU, the default.
  public static let cpuClock = Self(
    source: .software(0, isClock: true), name: "cpu-clock", countsUserMode: true,
    countsKernelMode: true)

  /// Whether a sample stands for a length of time; else it stands for a number of events.
  public var isClock: Bool { if case .software(_, isClock: true) = source { true } else { false } }

  /// The metrics of its samples: of a clock the time; of any other event the number of events, and the
  /// number of samples.
  public func metrics(at rate: SamplingRate) -> [Metric] {
    let pace: Metric.Pace =
      switch rate {
      case .frequency(let hertz): .frequency(hertz)
      case .period(let period): .period(period)
      }
    return isClock
      ? [.clock(event: name, pace: pace)] : [.event(name, pace: pace), .samples]
  }

  /// The values of some samples, for `metrics(at:)`.
  ///
  /// - Parameter events: how many events the samples stand for; of a clock, how many samples.
  func values(samples: UInt64, events: UInt64) -> SampleValues {
    isClock ? SampleValues(samples) : [events, samples]
  }

  /// Whether samples come at a set rate, whatever the CPU does.
  var countsAlways: Bool { isClock && countsUserMode && countsKernelMode }

  /// Whether the BPF program runs at every event, not only at those that a rate or a period selects.
  public var isHit: Bool {
    switch source {
    case .software, .hardware: false
    case .tracepoint, .uprobe: true
    }
  }

  /// Parses `cycles`, `page-faults:u`, `tracepoint:CATEGORY:NAME`, `uprobe:FILE:SYMBOL`; nil if it is
  /// none of these.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case "tracepoint":
      guard parts.count == 3, parts[1...].allSatisfy(Self.isPlain) else { return nil }
      self.init(source: .tracepoint(category: parts[1], name: parts[2]), name: text)
    case "uprobe":
      // A path may contain colons, a symbol does not.
      let file = parts.dropFirst().dropLast().joined(separator: ":")
      guard parts.count > 2, !file.isEmpty, !parts[parts.count - 1].isEmpty else { return nil }
      self.init(source: .uprobe(file: file, symbol: parts[parts.count - 1]), name: text)
    default:
      let modes = parts.count > 1 ? parts[1] : "uk"
      guard parts.count <= 2, let known = Self.known.first(where: { $0.names.contains(parts[0]) }),
        !modes.isEmpty, modes.allSatisfy({ $0 == "u" || $0 == "k" })
      else { return nil }
      self.init(
        source: known.source, name: known.names[0], countsUserMode: modes.contains("u"),
        countsKernelMode: modes.contains("k"))
    }
  }

  private init(
    source: Source, name: String, countsUserMode: Bool = true, countsKernelMode: Bool = true
  ) {
    self.source = source
    self.name = name
    self.countsUserMode = countsUserMode
    self.countsKernelMode = countsKernelMode
  }

  /// Whether a name has no character that is special in a path, since tracepoints are read from files.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// The names of all events, without tracepoints and uprobes; one name of each.
  public static var allNames: [String] { known.map { $0.names[0] } }

  // PERF_COUNT_SW_* and PERF_COUNT_HW_* of linux/perf_event.h.
  private static let known: [(names: [String], source: Source)] =
    [
      (["cpu-clock"], .software(0, isClock: true)), (["task-clock"], .software(1, isClock: true)),
    ]
    + [
      (["page-faults", "faults"], 2), (["context-switches", "cs"], 3),
      (["cpu-migrations", "migrations"], 4), (["minor-faults"], 5), (["major-faults"], 6),
      (["alignment-faults"], 7), (["emulation-faults"], 8), (["cgroup-switches"], 11),
    ].map { ($0.0, .software($0.1, isClock: false)) }
    + [
      (["cycles", "cpu-cycles"], 0), (["instructions"], 1), (["cache-references"], 2),
      (["cache-misses"], 3), (["branches", "branch-instructions"], 4), (["branch-misses"], 5),
      (["bus-cycles"], 6), (["stalled-cycles-frontend"], 7), (["stalled-cycles-backend"], 8),
      (["ref-cycles"], 9),
    ].map { ($0.0, .hardware($0.1)) }
}

/// How often an event becomes a sample.
public enum SamplingRate: Hashable, Sendable {
  /// Samples per second and CPU, at least 1; the kernel adjusts the period.
  case frequency(Int)
  /// One sample in so many events, or in so many nanoseconds of a clock; at least 1.
  case period(UInt64)

  /// The rate of a clock, in samples per second and CPU.
  public var clockHertz: Double {
    switch self {
    case .frequency(let hertz): Double(hertz)
    case .period(let nanoseconds): 1e9 / Double(max(1, nanoseconds))
    }
  }
}
