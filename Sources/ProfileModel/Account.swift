// SPDX-License-Identifier: Apache-2.0

/// The reason why a run of the sampling program recorded no sample. Raw values are the keys of
/// `--stats`.
public enum LossReason: String, CaseIterable, Sendable {
  /// The map of counts or of stacks was full (E2BIG).
  case mapFull = "map_full"
  /// The kernel had no memory for a new entry (ENOMEM).
  case noMemory = "nomem"
  /// An entry was being changed by another CPU and stayed busy (EBUSY).
  case busy = "busy"
  /// The ring buffer was full. No ring buffer carries samples today: always 0.
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
  /// The frame's address lies in no mapping that was known.
  case noMapping = "no_mapping"
  /// The unwind table of the file was not built yet.
  case mappingPending = "mapping_pending"
  /// The file has no call frame information (CFI), and there was no frame pointer to go on with.
  case noCFI = "no_cfi"
  /// The code was made at run time (JIT), and there was no frame pointer to go on with.
  case jitNoFramePointer = "jit_no_fp"
  /// The frame's base (CFA) is in a register that is only known at the leaf.
  case unsupportedRegister = "unsup_reg"
  /// The frame's base (CFA) is given by a DWARF expression, or a signal frame by rules, that a row
  /// cannot hold.
  case unsupportedExpression = "unsup_expr"
  /// An offset in the call frame information is too large for a row.
  case doesNotFit = "nofit"
  /// The return address is not saved where it usually is (vfork, setcontext, longjmp).
  case oddReturnAddress = "odd_ra"
  /// The caller's rbp is not saved where it usually is.
  case oddRBP = "odd_rbp"
  /// The return address could not be read from the stack: not resident, or not mapped.
  case readReturnAddress = "read_ra"
  /// The caller's rbp could not be read from the stack.
  case readRBP = "read_rbp"
  /// The frame's base (CFA) could not be read from the stack.
  case readCFA = "read_cfa"
  /// The return address is 0.
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

/// The runs of the BPF program that takes samples, counted by what became of them. The law of
/// conservation: `fired = idle + filtered + recorded + Σ lost`.
public struct SampleAccount: Hashable, Sendable {
  /// The number of runs that a perfect machine would have had: rate × CPUs × time; 0 where the
  /// event sets the pace.
  public var expected: UInt64 = 0
  /// The number of all runs.
  public var fired: UInt64 = 0
  /// The number of runs on an idle CPU, which record nothing.
  public var idle: UInt64 = 0
  /// The number of runs in a thread that does not match the filter, which record nothing.
  public var filtered: UInt64 = 0
  /// The number of runs that recorded a sample, which is in the result.
  public var recorded: UInt64 = 0
  /// The sums of the recorded samples' values, one for each metric of the session.
  public var recordedValues = SampleValues(0)
  /// The number of runs that should have recorded a sample and did not, by reason. A reason that is
  /// absent counts as 0.
  public var lost: [LossReason: UInt64] = [:]
  /// The number of recorded samples without a time, because the list of times was full.
  public var untimed: UInt64 = 0

  public init() {}

  /// The number of lost runs, for all reasons.
  public var totalLost: UInt64 { lost.values.reduce(0, +) }

  /// fired - idle - filtered - recorded - lost: 0 by the law of conservation, else the profiler has a defect.
  public var residual: Int64 {
    Int64(bitPattern: fired &- idle &- filtered &- recorded &- totalLost)
  }

  /// The lost share of all samples that match the filter, in percent, 0 to 100; 0 if there are
  /// none.
  public var lostPercent: Double {
    let matching = recorded + totalLost
    return matching == 0 ? 0 : 100 * Double(totalLost) / Double(matching)
  }
}

/// How far the user stacks reach: numbers of samples.
public struct StackAccount: Hashable, Sendable {
  /// Samples whose stack was unwound to the thread's first frame by unwind tables alone.
  public var complete: UInt64 = 0
  /// Samples whose stack reaches the thread's first frame, with at least one step by the frame
  /// pointer.
  public var approximate: UInt64 = 0
  /// Samples whose stack does not reach the thread's first frame, by reason. A reason that is
  /// absent counts as 0.
  public var truncated: [Truncation: UInt64] = [:]

  public init() {}

  /// The number of samples whose stacks are truncated, for all reasons.
  public var totalTruncated: UInt64 { truncated.values.reduce(0, +) }
}

/// How well frames are named. A frame counts once for each sample that it occurs in.
public struct FrameAccount: Hashable, Sendable {
  /// Frames with the name of a function.
  public var named: UInt64 = 0
  /// Frames that are shown as `module+0xoffset`: the module is known, the function is not.
  public var moduleOnly: UInt64 = 0
  /// Frames that are shown as `[unknown]`: they are in no mapping that was known.
  public var unknown: UInt64 = 0
  /// How many modules have fewer names than they could, by reason; absent counts as 0.
  public var limitedModules: [NamingLimit: UInt64] = [:]

  public init() {}
}

/// What the profiler itself cost. CPU times include the kernel's share and all our processes.
public struct CostAccount: Hashable, Sendable {
  /// Runs of the sampling program, measured inside it.
  public var bpfRuns: UInt64 = 0
  /// Nanoseconds that those runs took.
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
  /// Peak resident memory of the largest worker, in bytes.
  public var workerPeakBytes: UInt64 = 0
  /// Kernel memory of the BPF maps, in bytes.
  public var mapBytes: UInt64 = 0
  /// Wall seconds from the end of sampling until all files were written.
  public var stopToWrittenSeconds = 0.0
  /// Memory of unwind tables, in bytes.
  public var tableBytes: UInt64 = 0
  /// The most memory for unwind tables, in bytes (`--table-memory`).
  public var tableBudgetBytes: UInt64 = 0
  /// The number of tables that were removed to make space for others.
  public var tablesEvicted: UInt64 = 0
  /// The comparison with the kernel's own unwinding; nil unless the benchmark has requested it.
  public var trial: UnwindingTrial?

  public init() {}
}

/// Losses of a profile, and its cost: printed after each run, written by `--stats`, and
/// drawn into the picture.
public struct Account: Hashable, Sendable {
  /// Fired samples, by what became of them.
  public var samples = SampleAccount()
  /// User stacks, by how far they reach.
  public var stacks = StackAccount()
  /// Frames, by how well they are named.
  public var frames = FrameAccount()
  /// CPU time, wall time and memory that the profiler used.
  public var cost = CostAccount()

  public init() {}
}
