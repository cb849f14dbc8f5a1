// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
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
  private var undecodable: UInt64 = 0
  /// By the number of their count, in nanoseconds since the start.
  private var times: [UInt64: [UInt64]] = [:]
  /// Nil where samples were not kept apart.
  private let cgroups: CgroupNames?
  private let splitsCPUs: Bool

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
    _ object: borrowing BPFObject, table: ProcessTable, cgroups: CgroupNames?, splitsCPUs: Bool,
    namesKernel: Bool, startedAt: UInt64
  ) throws(SamplingError) {
    self.cgroups = cgroups
    self.splitsCPUs = splitsCPUs
    counters = try Self.counters(of: object)
    if object.tickCapacity > 0 { times = try Ticks.read(object, since: startedAt) }
    let places = try object.map("stacks").entries(key: UInt64(0), value: fb_stack())
    let placeOf = Dictionary(places.map { ($0.key, $0.value) }) { first, _ in first }
    let blocks = try StackBlocks(map: object.map("blocks"), holding: placeOf.values)
    let counts = try object.map("counts").entries(key: fb_count_key(), value: fb_count())
    for (key, count) in counts.sorted(by: { Self.precedes($0.key, $1.key) }) {
      take(key, count, placeOf, blocks, table)
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
    account.recorded = samples.reduce(0) { $0 + $1.count }
    account.weight = samples.reduce(0) { $0 + $1.weight }
    account.untimed = counters.untimed
    withUnsafeBytes(of: counters.lost) { bytes in
      // Safe: the tuple holds FB_LOSS_REASONS numbers of 64 bits.
      let lost = bytes.bindMemory(to: UInt64.self)
      for (reason, index) in Self.kernelLosses { account.lost[reason] = lost[Int(index.rawValue)] }
    }
    account.lost[.decodeError] = undecodable
    // The program's word that it recorded, without an entry to show for it.
    let found = account.recorded + undecodable
    account.lost[.shutdownRace] = counters.recorded > found ? counters.recorded - found : 0
    return account
  }

  private static let kernelLosses: [(LossReason, fb_loss)] = [
    (.mapFull, FB_LOST_MAP_FULL), (.noMemory, FB_LOST_NO_MEMORY), (.busy, FB_LOST_BUSY),
    (.scratchBusy, FB_LOST_SCRATCH_BUSY), (.hashCollision, FB_LOST_HASH_COLLISION),
  ]

  private mutating func take(
    _ key: fb_count_key, _ count: fb_count, _ placeOf: [UInt64: fb_stack],
    _ blocks: borrowing StackBlocks, _ table: ProcessTable
  ) {
    let kernel = stack(key.kernel_stack, placeOf, blocks)
    let user = stack(key.user_stack, placeOf, blocks)
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
        isKernelThread: key.flags & UInt32(FB_KEY_KERNEL_THREAD) != 0, count: count.samples,
        weight: count.weight, firstSeen: count.first_ns, lastSeen: count.last_ns,
        times: times[count.number] ?? [], group: group))
  }

  private mutating func stack(
    _ id: UInt64, _ placeOf: [UInt64: fb_stack], _ blocks: borrowing StackBlocks
  ) -> Int? {
    guard id != 0 else { return nil }
    if let known = stackIndices[id] { return known }
    guard let place = placeOf[id], let frames = blocks.frames(of: place) else { return nil }
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

  /// The counters of all CPUs added up; while sampling goes on, as they are at the moment.
  static func counters(of object: borrowing BPFObject) throws(SamplingError) -> fb_counters {
    let perCPU = try object.map("counters").perCPU(of: fb_counters())
    return perCPU.reduce(into: fb_counters()) { sum, cpu in
      sum.fired += cpu.fired
      sum.idle += cpu.idle
      sum.filtered += cpu.filtered
      sum.recorded += cpu.recorded
      sum.ns += cpu.ns
      sum.collisions += cpu.collisions
      sum.forks_missed += cpu.forks_missed
      sum.untimed += cpu.untimed
      withUnsafeMutableBytes(of: &sum.lost) { sums in
        withUnsafeBytes(of: cpu.lost) { losses in
          // Safe: both tuples hold FB_LOSS_REASONS numbers of 64 bits.
          let sums = sums.bindMemory(to: UInt64.self)
          for (reason, count) in losses.bindMemory(to: UInt64.self).enumerated() {
            sums[reason] += count
          }
        }
      }
    }
  }

  /// Runs that were lost, for whatever reason.
  static func totalLost(_ counters: fb_counters) -> UInt64 {
    // Safe: the tuple holds FB_LOSS_REASONS numbers of 64 bits.
    withUnsafeBytes(of: counters.lost) { $0.bindMemory(to: UInt64.self).reduce(0, +) }
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
