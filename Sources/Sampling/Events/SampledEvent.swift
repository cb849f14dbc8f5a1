// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// An event at which samples are taken, such as `cpu-clock` or `cache-misses:u`. The names are
/// those of perf.
package struct SampledEvent: Hashable, Sendable {
  enum Source: Hashable, Sendable {
    /// A software event: the value is a `PERF_COUNT_SW_*` of linux/perf_event.h. A clock counts
    /// nanoseconds, the others count occurrences.
    case software(UInt64, isClock: Bool)
    /// A hardware counter: the value is a `PERF_COUNT_HW_*` of linux/perf_event.h.
    case hardware(UInt64)
    /// A tracepoint of the kernel.
    case tracepoint(category: String, name: String)
    /// The entry of a function of a program or library file.
    case uprobe(file: String, symbol: String)
  }

  let source: Source
  /// The name of the event as perf has it, such as `cycles`, without the modifiers `:u` and `:k`;
  /// for a tracepoint or uprobe the whole text, such as `tracepoint:sched:sched_switch`.
  package let name: String
  /// Whether it occurs in user mode (not with `:k`) and in kernel mode (not with `:u`).
  let countsUserMode: Bool
  let countsKernelMode: Bool

  /// The event `cpu-clock`, time on CPU in user and kernel mode: the default of a plan.
  package static let cpuClock = Self(
    source: .software(0, isClock: true), name: "cpu-clock", countsUserMode: true,
    countsKernelMode: true)

  /// Whether the event counts time in nanoseconds; if not, it counts occurrences.
  package var isClock: Bool { if case .software(_, isClock: true) = source { true } else { false } }

  /// Returns the metrics of the values that samples of this event have. For a clock it is one
  /// metric, the time; for any other event there are two, the number of events and the number of
  /// samples.
  ///
  /// - Parameter rate: The rate at which the event is sampled, which the metrics state.
  package func metrics(at rate: SamplingRate) -> [Metric] {
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

  /// Whether the event is a tracepoint or uprobe. The BPF program then runs at each occurrence of
  /// the event, not only at those that a rate or a period selects.
  package var isHit: Bool {
    switch source {
    case .software, .hardware: false
    case .tracepoint, .uprobe: true
    }
  }

  /// Parses the name of an event: `cycles`, `page-faults:u`, `tracepoint:CATEGORY:NAME`,
  /// `uprobe:FILE:SYMBOL`. Nil if the text is none of these, or names an unknown event.
  ///
  /// - Parameter text: The name, as perf writes it. `:u` at the end counts user mode only, `:k` the
  ///   kernel only; tracepoints and uprobes have no such ending.
  package init?(_ text: String) {
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

  /// Whether a name has no character that is special in a path, since tracepoints are read from
  /// files.
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

  /// The names of all known events but tracepoints and uprobes, without modifiers. An event with
  /// several names is listed by its first one.
  package static var allNames: [String] { known.map { $0.names[0] } }

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

/// The rate at which occurrences of an event become samples: a frequency or a period.
package enum SamplingRate: Hashable, Sendable {
  /// A number of samples per second and CPU, at least 1. The kernel adjusts the number of events
  /// between two samples to reach it.
  case frequency(Int)
  /// The number of events from one sample to the next, or of nanoseconds if the event is a clock;
  /// at least 1.
  case period(UInt64)

  /// The number of samples per second and CPU if the event is a clock, whose period is in
  /// nanoseconds. Has no meaning for a period of other events.
  package var clockHertz: Double {
    switch self {
    case .frequency(let hertz): Double(hertz)
    case .period(let nanoseconds): 1e9 / Double(max(1, nanoseconds))
    }
  }
}
