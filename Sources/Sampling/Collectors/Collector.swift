// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// What fills a recording from one kind of event, such as the timer that samples what runs on each CPU.
///
/// A collector knows its BPF programs, what they are attached to, what they count, and which metrics
/// that gives. It knows nothing of names, of outputs or of the other collectors. The order of the
/// collectors decides only the order of their metrics.
///
/// Its life: `open` (everything is there, nothing runs) → `enable` → windows → `disable`. All
/// collectors count in the same maps, apart by bits of `fb_count_key.flags`; a window is closed for
/// all of them at once by the next generation (`KernelWindow`), and `windowWillClose` precedes that.
/// Then each of them gets its own counts, gives them values, and adds what it counted to the account.
/// At last the account's laws are checked: nothing that it has seen may be missing.
protocol Collector: AnyObject {
  /// The BPF programs that it needs. Those that no collector needs are not loaded.
  var programs: [ProgramSelection] { get }

  /// The metrics that it fills, at least one, in the order of `values(of:)`.
  var metrics: [Metric] { get }

  /// Whether its programs run only on the CPUs that it was opened for. Else they may run on all, and
  /// check the CPU with the rest of the filter.
  var isBoundToCPUs: Bool { get }

  /// Whether the times of its samples are kept if the plan keeps times: those of counts without a bit
  /// of `FB_KEY_COLLECTORS`.
  var keepsTimes: Bool { get }

  /// The maps that only its programs use and whose sizes are not constant, with their entries. They
  /// have one entry in `bpf/maps.h`, which is what they take if the collector is not selected.
  var mapEntries: [(map: MapName, count: Int)] { get }

  /// The samples per second that it is expected to take on so many CPUs together, from which the maps
  /// of stacks, counts and times get their sizes.
  func samplesPerSecond(cpus: Int) -> Double

  /// The largest number of CPUs that it collected from at the same time.
  var cpuCount: Int { get }

  /// CPUs that came online and on which the kernel has refused its events.
  var refusedCPUs: Set<CInt> { get }

  /// Opens what its programs are attached to. Nothing is collected yet.
  ///
  /// - Parameter cpus: the CPUs to collect from.
  func open(cpus: [CInt], _ bpf: borrowing BPFObject) throws(SamplingError)

  /// Begins to collect, at a time in monotonic nanoseconds.
  func enable(at time: UInt64) throws(SamplingError)

  /// Ends collecting. When it returns, none of its programs runs any more.
  func disable(at time: UInt64)

  /// Collects from these CPUs from now on, and from no others. Returns whether that is a change.
  func setCPUs(_ cpus: [CInt], at time: UInt64) -> Bool

  /// Called before a window is closed, while the programs run: counts what has begun in the window and
  /// still goes on, such as a wait, up to `time`. It goes on in the next window.
  func windowWillClose(at time: UInt64, _ bpf: borrowing BPFObject) throws(SamplingError)

  /// Whether a count in the maps is one of its own.
  func owns(_ key: fb_count_key) -> Bool

  /// The values of one of its counts, one for each of its metrics.
  func values(of count: fb_count) -> SampleValues

  /// Adds what it has counted in a closed window to the account, and the laws that this must obey
  /// (`Account.laws`).
  ///
  /// - Parameters:
  ///   - time: the end of the window, in monotonic nanoseconds.
  ///   - found: its counts in the window.
  func report(
    _ window: borrowing KernelWindow, until time: UInt64, found: FoundCounts,
    to account: inout Account)
}

extension Collector {
  var isBoundToCPUs: Bool { false }
  var keepsTimes: Bool { false }
  var mapEntries: [(map: MapName, count: Int)] { [] }
  func samplesPerSecond(cpus: Int) -> Double { 0 }
  func windowWillClose(at time: UInt64, _ bpf: borrowing BPFObject) throws(SamplingError) {}
}

/// What a read-out of the maps has found of one collector.
struct FoundCounts {
  /// Samples that are in the recording.
  var samples: UInt64 = 0
  /// Samples whose entries were incomplete.
  var undecodable: UInt64 = 0
}
