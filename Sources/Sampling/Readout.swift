// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// Turns what the kernel has counted into a `Recording`, once nothing counts any more.
struct Readout {
  private var counters = fb_counters()
  private var processes: [RecordedProcess] = []
  private var processIndices: [ProcessKey: Int] = [:]
  private var stacks: [RawStack] = []
  private var stackIndices: [UInt64: Int] = [:]
  private var samples: [RecordedSample] = []
  private var kernelSymbols = KernelSymbols()
  private var recorded: UInt64 = 0
  private var undecodable: UInt64 = 0
  /// By the number of their count, in nanoseconds since the start.
  private var times: [UInt64: [UInt64]] = [:]
  /// Nil where samples were not kept apart.
  private let cgroups: CgroupNames?
  private let splitsCPUs: Bool
  private let event: SampledEvent

  /// A program in a process: an entry of the table, or without one what the kernel tells it by.
  private struct ProcessKey: Hashable {
    var pid: Int32
    var start: UInt64
    var entry: Int?
    var execGeneration: UInt64?
  }

  /// Different stacks that met under one id.
  var collisions: UInt64 { counters.collisions }
  var forksMissed: UInt64 { counters.forks_missed }

  /// - Parameters:
  ///   - table: complete up to the end of sampling.
  ///   - cgroups: those that there have been.
  ///   - namesKernel: the kernel's functions may have names.
  ///   - startedAt: monotonic nanoseconds.
  init(
    _ object: borrowing BPFObject, event: SampledEvent, table: ProcessTable, cgroups: CgroupNames?,
    splitsCPUs: Bool,
    namesKernel: Bool, startedAt: UInt64
  ) throws(SamplingError) {
    self.event = event
    self.cgroups = cgroups
    self.splitsCPUs = splitsCPUs
    let window = try object.closeWindow()
    counters = window.counters
    times = try window.times(of: object).mapValues { times in
      times.map { $0 > startedAt ? $0 - startedAt : 0 }
    }
    for (key, count) in window.counts.sorted(by: { Self.precedes($0.key, $1.key) }) {
      take(key, count, window, table)
    }
    kernelSymbols =
      namesKernel
      ? try KernelNames(object).symbols(of: stacks) : KernelSymbols(areHidden: true)
  }

  /// - Parameter account: with what only the sampler knows: expected samples and cost.
  func recording(session: Session, objects: [MappedObject], account: Account) -> Recording {
    var account = account
    account.samples = sampleAccount(expected: account.samples.expected)
    account.cost.bpfRuns = counters.fired
    account.cost.bpfNanoseconds = counters.ns
    return Recording(
      session: session, processes: processes, objects: objects, stacks: stacks, samples: samples,
      kernelSymbols: kernelSymbols, account: account)
  }

  private func sampleAccount(expected: UInt64) -> SampleAccount {
    var account = SampleAccount()
    account.expected = expected
    account.fired = counters.fired
    account.idle = counters.idle
    account.filtered = counters.filtered
    for sample in samples {
      for metric in 0..<sample.values.count {
        account.recordedValues[metric] += sample.values[metric]
      }
    }
    account.recorded = recorded
    account.untimed = counters.untimed
    account.lost = counters.losses
    account.lost[.decodeError] = undecodable
    // The program's word that it recorded, without an entry to show for it.
    let found = account.recorded + undecodable
    account.lost[.shutdownRace] = counters.recorded > found ? counters.recorded - found : 0
    return account
  }

  private mutating func take(
    _ key: fb_count_key, _ count: fb_count, _ window: borrowing KernelWindow,
    _ table: ProcessTable
  ) {
    let kernel = stack(key.kernel_stack, window)
    let user = stack(key.user_stack, window)
    // An id without its stack: an entry that was not whole.
    guard (kernel != nil) == (key.kernel_stack != 0), (user != nil) == (key.user_stack != 0) else {
      undecodable += count.samples
      return
    }
    let comm = withUnsafeBytes(of: key.comm) { bytes in
      // Safe: a copy of the tuple's 16 bytes.
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let group = SampleGroup(
      cpu: splitsCPUs ? Int32(bitPattern: key.cpu) : nil, cgroup: cgroups?.name(of: key.cgroup))
    samples.append(
      RecordedSample(
        process: process(key, at: count.first_ns, comm: comm, table),
        threadID: Int32(bitPattern: key.tid), comm: comm, kernelStack: kernel, userStack: user,
        isKernelThread: key.flags & UInt32(FB_KEY_KERNEL_THREAD) != 0,
        values: event.values(samples: count.samples, weight: count.value),
        firstSeen: count.first_ns, lastSeen: count.last_ns, times: times[count.id] ?? [],
        group: group))
    recorded += count.samples
  }

  private mutating func stack(_ id: UInt64, _ window: borrowing KernelWindow) -> Int? {
    guard id != 0 else { return nil }
    if let known = stackIndices[id] { return known }
    guard let frames = window.stack(id) else { return nil }
    stacks.append(frames)
    stackIndices[id] = stacks.count - 1
    return stacks.count - 1
  }

  private mutating func process(
    _ key: fb_count_key, at time: UInt64, comm: String, _ table: ProcessTable
  ) -> Int {
    let pid = Int32(bitPattern: key.pid)
    let entry = table.entry(pid: pid, at: time)
    let identity = ProcessKey(
      pid: pid, start: key.process_start, entry: entry?.id,
      execGeneration: entry == nil ? key.exec_generation : nil)
    if let known = processIndices[identity] { return known }
    var process = entry?.process ?? RecordedProcess(pid: pid, startTime: 0, comm: comm)
    process.startTime = key.process_start
    if process.comm.isEmpty { process.comm = comm }
    processes.append(process)
    processIndices[identity] = processes.count - 1
    return processes.count - 1
  }

  /// Hash maps have no order; with one, equal recordings are equal to the last byte.
  private static func precedes(_ a: fb_count_key, _ b: fb_count_key) -> Bool {
    if a.pid != b.pid { return a.pid < b.pid }
    if a.process_start != b.process_start { return a.process_start < b.process_start }
    if a.exec_generation != b.exec_generation { return a.exec_generation < b.exec_generation }
    if a.tid != b.tid { return a.tid < b.tid }
    if a.cpu != b.cpu { return a.cpu < b.cpu }
    if a.cgroup != b.cgroup { return a.cgroup < b.cgroup }
    if a.user_stack != b.user_stack { return a.user_stack < b.user_stack }
    if a.flags != b.flags { return a.flags < b.flags }
    return a.kernel_stack < b.kernel_stack
  }
}
