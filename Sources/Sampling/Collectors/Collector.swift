// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// What fills a recording from one kind of event, such as the timer that samples what runs on each CPU.
///
/// A collector knows its BPF programs, what they are attached to, what they count, and which metrics
/// that gives. It knows nothing of names, of outputs or of the other collectors.
///
/// Its life: `open` (everything is there, nothing runs) → `enable` → windows → `disable`. All
/// collectors count in the same maps, apart by bits of `fb_count_key.flags`; a window is closed for
/// all of them at once by the next generation (`KernelWindow`), and `windowWillClose` precedes that.
/// Then each of them gets its own counts, gives them values, and adds what it counted to the account.
/// At last its laws are checked: nothing that it has seen may be missing.
protocol Collector: AnyObject {
  /// The BPF programs that it needs. Those that no collector needs are not loaded.
  var programs: [ProgramSelection] { get }

  /// The metrics that it fills, at least one, in the order of `values(of:)`.
  var metrics: [Metric] { get }

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

  /// Adds what it has counted in a closed window to the account.
  ///
  /// - Parameters:
  ///   - time: the end of the window, in monotonic nanoseconds.
  ///   - found: its counts in the window.
  func report(
    _ window: borrowing KernelWindow, until time: UInt64, found: FoundCounts,
    to account: inout Account)

  /// The laws that an account must obey to which it has reported.
  func laws(of account: Account) -> [ConservationLaw]
}

extension Collector {
  func windowWillClose(at time: UInt64, _ bpf: borrowing BPFObject) throws(SamplingError) {}
}

/// What a read-out of the maps has found of one collector.
struct FoundCounts {
  /// Samples that are in the recording.
  var samples: UInt64 = 0
  /// Samples whose entries were incomplete.
  var undecodable: UInt64 = 0
}
