// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The content of a closed window as a `Recording`: addresses and counts, without names except those of
/// the kernel's functions.
struct Readout {
  private(set) var processes: [RecordedProcess] = []
  private(set) var stacks: [RawStack] = []
  private(set) var samples: [RecordedSample] = []
  private(set) var kernelSymbols = KernelSymbols()
  /// What was found of each collector, in the order of the list.
  private(set) var found: [FoundCounts]
  /// Samples whose stacks were finished after they were counted.
  private(set) var finishedCount: UInt64 = 0
  /// The sum of all samples in each metric.
  private(set) var totals: SampleValues
  private var processIndices: [ProcessKey: Int] = [:]
  /// By the id of the stack in the window.
  private var stackIndices: [UInt64: Int] = [:]
  /// Times of samples in nanoseconds since the start of the window, by the id of their count.
  private var times: [UInt64: [UInt64]] = [:]
  private let context: Context

  /// What the window alone does not say.
  struct Context {
    let collectors: CollectorList
    /// Complete up to the end of the window.
    let table: ProcessTable
    /// Nil if samples are not kept apart by cgroup.
    let cgroups: CgroupNames?
    /// Whether samples are kept apart by CPU.
    let splitsCPUs: Bool
    /// Whether functions of the kernel may be named.
    let namesKernel: Bool
    /// Start of the window, in monotonic nanoseconds.
    let startedAt: UInt64
    /// Stacks that take the place of truncated ones.
    let finished: FinishedStacks
  }

  /// A program in a process: by its entry in the table of processes; if it has none, by what the BPF
  /// program knows.
  private struct ProcessKey: Hashable {
    var pid: Int32
    var start: UInt64
    var entry: Int?
    var execGeneration: UInt64?
  }

  init(
    _ window: borrowing KernelWindow, of bpf: borrowing BPFObject, _ context: Context
  ) throws(SamplingError) {
    self.context = context
    let collectors = context.collectors
    found = collectors.all.map { _ in FoundCounts() }
    totals = SampleValues(Array(repeating: 0, count: collectors.metrics.count))
    times = try window.times(of: bpf).mapValues { times in
      times.map { $0 > context.startedAt ? $0 - context.startedAt : 0 }
    }
    let finished = context.finished.byKey
    var later: [FinishedSample] = []
    for (key, counted) in window.counts.sorted(by: { Self.precedes($0.key, $1.key) }) {
      var count = counted
      if !finished.isEmpty, let stacks = finished[FinishedStacks.bytes(of: key)] {
        later += take(stacks, from: &count, window.stack(key.user_stack))
      }
      if count.samples > 0 { add(key, count, window) }
    }
    add(later, window)
    kernelSymbols =
      context.namesKernel
      ? KernelNames.symbols(of: stacks, bpf) : KernelSymbols(areHidden: true)
  }

  private mutating func add(
    _ key: fb_count_key, _ count: fb_count, _ window: borrowing KernelWindow
  ) {
    guard let collector = context.collectors.owner(of: key) else { return }
    let kernel = stack(key.kernel_stack, window)
    let user = stack(key.user_stack, window)
    // An id without a stack: the entry is incomplete.
    guard (kernel != nil) == (key.kernel_stack != 0), (user != nil) == (key.user_stack != 0) else {
      found[collector].undecodable += count.samples
      return
    }
    found[collector].samples += count.samples
    samples.append(sample(key, count, collector, kernel, user, times[count.id] ?? []))
  }

  private mutating func sample(
    _ key: fb_count_key, _ count: fb_count, _ collector: Int, _ kernel: Int?, _ user: Int?,
    _ times: [UInt64]
  ) -> RecordedSample {
    let comm = withUnsafeBytes(of: key.comm) { bytes in
      // Safe: a copy of the tuple's 16 bytes.
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let group = SampleGroup(
      cpu: context.splitsCPUs ? Int32(bitPattern: key.cpu) : nil,
      cgroup: context.cgroups?.name(of: key.cgroup))
    let values = context.collectors.values(of: count, by: collector)
    for metric in 0..<values.count { totals[metric] += values[metric] }
    return RecordedSample(
      process: process(key, at: count.first_ns, comm: comm),
      threadID: Int32(bitPattern: key.tid), comm: comm, kernelStack: kernel, userStack: user,
      isKernelThread: key.flags & UInt32(FB_KEY_KERNEL_THREAD) != 0, values: values,
      firstSeen: count.first_ns, lastSeen: count.last_ns, times: times, group: group)
  }

  private mutating func stack(_ id: UInt64, _ window: borrowing KernelWindow) -> Int? {
    guard id != 0 else { return nil }
    if let known = stackIndices[id] { return known }
    guard let frames = window.stack(id) else { return nil }
    stacks.append(frames)
    stackIndices[id] = stacks.count - 1
    return stacks.count - 1
  }

  private mutating func process(_ key: fb_count_key, at time: UInt64, comm: String) -> Int {
    let pid = Int32(bitPattern: key.pid)
    let entry = context.table.entry(pid: pid, at: time)
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

  /// An order of all fields, so that equal counts give equal recordings: hash maps have none.
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

// MARK: - Stacks that were finished later

extension Readout {
  private struct FinishedSample {
    var part: FinishedStack
    var stack: RawStack
    /// Its time, if that is known.
    var times: [UInt64]
  }

  /// Takes samples out of the count of their key.
  ///
  /// - Parameter cut: the user stack of the key.
  private mutating func take(
    _ parts: [FinishedStack], from count: inout fb_count, _ cut: RawStack?
  ) -> [FinishedSample] {
    guard let cut else { return [] }
    var samples: [FinishedSample] = []
    for part in parts where count.samples > 0 && count.value >= part.value {
      count.samples -= 1
      count.value -= part.value
      let time = part.time > context.startedAt ? part.time - context.startedAt : 0
      var own: [UInt64] = []
      if let tick = times[count.id]?.firstIndex(of: time) {
        times[count.id]?.remove(at: tick)
        own = [time]
      }
      samples.append(FinishedSample(part: part, stack: part.whole(cut), times: own))
    }
    return samples
  }

  /// Adds samples with their whole stacks, to those that have the same stacks already.
  private mutating func add(_ finished: [FinishedSample], _ window: borrowing KernelWindow) {
    guard !finished.isEmpty else { return }
    finishedCount = UInt64(finished.count)
    // Only those that can be equal: a recording has many others.
    let depths = Set(finished.map(\.stack.frames.count))
    let threads = Set(finished.map { Int32(bitPattern: $0.part.key.tid) })
    var stackIndices: [RawStack: Int] = [:]
    for (index, stack) in stacks.enumerated() where depths.contains(stack.frames.count) {
      stackIndices[stack] = index
    }
    var sampleIndices: [RecordedSample: Int] = [:]
    for (index, sample) in samples.enumerated() where threads.contains(sample.threadID) {
      sampleIndices[sample.identity] = index
    }
    for one in finished {
      let key = one.part.key
      guard let collector = context.collectors.owner(of: key) else { continue }
      let kernel = stack(key.kernel_stack, window)
      guard (kernel != nil) == (key.kernel_stack != 0) else {
        found[collector].undecodable += 1
        continue
      }
      let user = stacks.index(holdingOnce: one.stack, &stackIndices)
      let added = sample(key, one.part.count, collector, kernel, user, one.times)
      found[collector].samples += 1
      if let index = sampleIndices[added.identity] {
        samples[index].add(added)
      } else {
        sampleIndices[added.identity] = samples.count
        samples.append(added)
      }
    }
  }
}

extension RecordedSample {
  /// The sample without its values and times: samples with the same are one.
  fileprivate var identity: RecordedSample {
    var identity = self
    identity.values = SampleValues(0)
    (identity.firstSeen, identity.lastSeen, identity.times) = (0, 0, [])
    return identity
  }

  fileprivate mutating func add(_ other: RecordedSample) {
    for metric in 0..<other.values.count { values[metric] += other.values[metric] }
    firstSeen = min(firstSeen, other.firstSeen)
    lastSeen = max(lastSeen, other.lastSeen)
    times = (times + other.times).sorted()
  }
}
