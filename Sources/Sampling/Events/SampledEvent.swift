// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// What a sample is taken of, under the names that perf has for it.
public struct SampledEvent: Hashable, Sendable {
  enum Source: Hashable, Sendable {
    /// Of PERF_TYPE_SOFTWARE; a clock counts nanoseconds, the others events.
    case software(UInt64, isClock: Bool)
    /// Of PERF_TYPE_HARDWARE.
    case hardware(UInt64)
    case tracepoint(category: String, name: String)
    case uprobe(file: String, symbol: String)
  }

  let source: Source
  /// As it is shown; without what is said about modes.
  public let name: String
  /// `:u` and `:k`: only where the CPU was in this mode.
  let countsUserMode: Bool
  let countsKernelMode: Bool

  public static let cpuClock = Self(
    source: .software(0, isClock: true), name: "cpu-clock", countsUserMode: true,
    countsKernelMode: true)

  /// A sample stands for a piece of time; else for a number of events.
  public var isClock: Bool { if case .software(_, isClock: true) = source { true } else { false } }

  /// What samples of it measure: of a clock its time; of any other event its number, and how many
  /// samples were taken.
  public func metrics(at rate: SamplingRate) -> [Metric] {
    let pace: Metric.Pace =
      switch rate {
      case .frequency(let hertz): .frequency(hertz)
      case .period(let period): .period(period)
      }
    return isClock
      ? [.clock(event: name, pace: pace)] : [.event(name, pace: pace), .samples]
  }

  /// A sample's values for `metrics(at:)`.
  ///
  /// - Parameter weight: The events, or samples of a clock, that the samples stand for.
  func values(samples: UInt64, weight: UInt64) -> SampleValues {
    isClock ? SampleValues(samples) : [weight, samples]
  }

  /// A clock that ticks whatever the CPU does.
  var countsAlways: Bool { isClock && countsUserMode && countsKernelMode }

  /// The kernel's program runs at every single one, not at those that a rate or a period chooses.
  public var isHit: Bool {
    switch source {
    case .software, .hardware: false
    case .tracepoint, .uprobe: true
    }
  }

  /// `cycles`, `page-faults:u`, `tracepoint:CATEGORY:NAME`, `uprobe:FILE:SYMBOL`; nil for what is none.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case "tracepoint":
      guard parts.count == 3, parts[1...].allSatisfy(Self.isPlain) else { return nil }
      self.init(source: .tracepoint(category: parts[1], name: parts[2]), name: text)
    case "uprobe":
      // A path may have colons; a symbol may not.
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

  /// Names of tracepoints become parts of a path.
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

  /// All names, the usual one of each event first.
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

/// How many of an event make a sample.
public enum SamplingRate: Hashable, Sendable {
  /// Samples a second and CPU, at least 1; the kernel finds the period that gives them.
  case frequency(Int)
  /// Every so many; nanoseconds for a clock.
  case period(UInt64)

  /// Of a clock, in samples a second and CPU.
  public var clockHertz: Double {
    switch self {
    case .frequency(let hertz): Double(hertz)
    case .period(let nanoseconds): 1e9 / Double(max(1, nanoseconds))
    }
  }
}
