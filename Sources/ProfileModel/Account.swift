// SPDX-License-Identifier: Apache-2.0

/// Why a run of the sampling program ended without a recorded sample. Raw values are the keys of
/// `--stats`.
public enum LossReason: String, CaseIterable, Sendable {
  /// The map of counts or of stacks has no room for another entry (E2BIG).
  case mapFull = "map_full"
  /// The kernel had no memory for a new entry (ENOMEM).
  case noMemory = "nomem"
  /// An entry was being changed by another CPU and stayed busy (EBUSY).
  case busy = "busy"
  /// The ring buffer had no room. No ring buffer carries samples today: always 0.
  case ringBufferFull = "ringbuf_full"
  /// The per-CPU scratch was in use by an interrupted run.
  case scratchBusy = "scratch_busy"
  /// Different stacks fell on the same id, more often than the program tries again.
  case hashCollision = "hash_collision"
  /// User space could not make sense of an entry.
  case decodeError = "decode_error"
  /// Counted in the kernel, but its entry was not there when the maps were read.
  case shutdownRace = "shutdown_race"
}

/// Why a user stack does not reach the thread's first frame. Raw values are the keys of `--stats`;
/// in upper case they stand in the `[truncated: REASON]` frame.
public enum Truncation: String, CaseIterable, Sendable {
  /// More frames than the limit (`--max-depth`); the leaf side was kept.
  case depth
  /// The address lies in nothing that was known to be mapped.
  case noMapping = "no_mapping"
  /// The file was met for the first time: its table was not there yet.
  case mappingPending = "mapping_pending"
  /// No call frame information, and no frame pointer to go on with.
  case noCFI = "no_cfi"
  /// Code made at run time, and no frame pointer to go on with.
  case jitNoFramePointer = "jit_no_fp"
  /// The frame's base is in a register that is only known at the leaf.
  case unsupportedRegister = "unsup_reg"
  case unsupportedExpression = "unsup_expr"
  /// An offset that the table has no room for.
  case doesNotFit = "nofit"
  /// The return address or rbp is not where it usually is (vfork, setcontext, longjmp).
  case oddReturnAddress = "odd_ra"
  case oddRBP = "odd_rbp"
  /// A word of the stack could not be read: not resident, or not mapped.
  case readReturnAddress = "read_ra"
  case readRBP = "read_rbp"
  case readCFA = "read_cfa"
  case zeroReturnAddress = "ra_zero"
  /// The return address cannot be code.
  case badPC = "bad_pc"
  /// The next frame would lie below this one.
  case noProgress = "no_progress"
  /// The address lies before the first row of its file's table.
  case belowTable = "below_table"
  /// The memory for tables was used up.
  case tableBudget = "table_budget"
  /// A defect of the profiler.
  case `internal`
}

/// Where every fired sample went. The law of conservation:
/// `fired = idle + filtered + recorded + Σ lost`.
public struct SampleAccount: Hashable, Sendable {
  /// Rate × CPUs × time, what a perfect machine would have fired; 0 where the event sets the pace.
  public var expected: UInt64 = 0
  /// Runs of the sampling program.
  public var fired: UInt64 = 0
  /// Runs that hit an idle CPU.
  public var idle: UInt64 = 0
  /// Runs that hit something nobody asked for.
  public var filtered: UInt64 = 0
  /// Runs whose stacks are in the result.
  public var recorded: UInt64 = 0
  /// The sum of the recorded samples in each metric of the session.
  public var recordedValues = SampleValues(0)
  /// Runs without a result, by reason. A reason that is absent counts as 0.
  public var lost: [LossReason: UInt64] = [:]
  /// Of the recorded ones, those whose time there was no room for, where times were kept.
  public var untimed: UInt64 = 0

  public init() {}

  public var totalLost: UInt64 { lost.values.reduce(0, +) }

  /// What the law of conservation leaves over; anything but 0 is a defect of the profiler.
  public var residual: Int64 {
    Int64(bitPattern: fired &- idle &- filtered &- recorded &- totalLost)
  }

  /// The lost share of all samples that were wanted, in percent.
  public var lostPercent: Double {
    let wanted = recorded + totalLost
    return wanted == 0 ? 0 : 100 * Double(totalLost) / Double(wanted)
  }
}

/// How far the user stacks reach, in samples.
public struct StackAccount: Hashable, Sendable {
  /// Unwound with certainty to the thread's first frame.
  public var complete: UInt64 = 0
  /// Reached the first frame, by at least one frame-pointer step.
  public var approximate: UInt64 = 0
  /// Did not reach it. A reason that is absent counts as 0.
  public var truncated: [Truncation: UInt64] = [:]

  public init() {}

  public var totalTruncated: UInt64 { truncated.values.reduce(0, +) }
}

/// How well frames are named: occurrences, weighted by samples.
public struct FrameAccount: Hashable, Sendable {
  public var named: UInt64 = 0
  /// `module+0xoffset`.
  public var moduleOnly: UInt64 = 0
  /// `[unknown]`: in no mapping that was known.
  public var unknown: UInt64 = 0
  /// How many modules have fewer names than they could, by reason; absent counts as 0.
  public var limitedModules: [NamingLimit: UInt64] = [:]

  public init() {}
}

/// What the profiler itself cost. CPU times include the kernel's share and all our processes.
public struct CostAccount: Hashable, Sendable {
  /// Runs of the sampling program, and the nanoseconds they took, measured inside it.
  public var bpfRuns: UInt64 = 0
  public var bpfNanoseconds: UInt64 = 0
  /// CPU seconds from the start of the process to the first sample.
  public var setupCPUSeconds = 0.0
  /// CPU seconds of the process while it sampled.
  public var samplingCPUSeconds = 0.0
  /// CPU seconds from the end of sampling until all files were written, the workers' among them.
  public var finishCPUSeconds = 0.0
  /// CPU seconds of the worker processes that read files for names.
  public var workerCPUSeconds = 0.0
  /// Peak resident memory, in bytes.
  public var maxRSSBytes: UInt64 = 0
  /// The same of the largest worker.
  public var workerPeakBytes: UInt64 = 0
  /// Kernel memory of the BPF maps, in bytes.
  public var mapBytes: UInt64 = 0
  /// Wall seconds from the end of sampling until all files were written.
  public var stopToWrittenSeconds = 0.0
  /// Unwind tables: what they take, what they may take, and how many had to make room for others.
  public var tableBytes: UInt64 = 0
  public var tableBudgetBytes: UInt64 = 0
  public var tablesEvicted: UInt64 = 0
  /// Only where the benchmark has asked for it.
  public var trial: UnwindingTrial?

  public init() {}
}

/// How true a profile is, and what it cost: printed after each run, written by `--stats`, and
/// drawn into the picture.
public struct Account: Hashable, Sendable {
  public var samples = SampleAccount()
  public var stacks = StackAccount()
  public var frames = FrameAccount()
  public var cost = CostAccount()

  public init() {}
}
