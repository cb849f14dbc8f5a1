// SPDX-License-Identifier: Apache-2.0

/// The reason why a run of the sampling program, which the kernel starts for each sampled event,
/// recorded no sample. Raw values are keys in the JSON that `--stats` writes.
package enum LossReason: String, CaseIterable, Sendable {
  /// The BPF map that counts samples, or the one that holds stacks, was full (E2BIG).
  case mapFull = "map_full"
  /// The kernel had no memory for a new map entry (ENOMEM).
  case noMemory = "nomem"
  /// The map entry was being changed by another CPU and stayed locked (EBUSY).
  case busy = "busy"
  /// The ring buffer was full. No ring buffer carries samples today, so this is always 0.
  case ringBufferFull = "ringbuf_full"
  /// The CPU's scratch memory was in use by another run of the sampling program, which this run had
  /// interrupted.
  case scratchBusy = "scratch_busy"
  /// Another stack had the same hash in the map of stacks, and the sampling program's tries to find
  /// a free id for this one were used up.
  case hashCollision = "hash_collision"
  /// The BPF map that counts samples was nearly full, and the sample's process or user had more than
  /// one process's or user's share of it.
  case share
  /// The profiler could not decode the sample's entry in the BPF map.
  case decodeError = "decode_error"
  /// The sampling program counted the sample, but the sample's entry was not in the BPF map when
  /// the profiler read that.
  case shutdownRace = "shutdown_race"
}

/// The reason why a user stack does not reach the thread's first frame. Raw values are keys in the
/// JSON that `--stats` writes; in upper case they stand in the `[truncated: REASON]` frame.
package enum Truncation: String, CaseIterable, Sendable {
  /// The stack has more frames than the limit (`--max-depth`); those nearest to the leaf were kept.
  case depth
  /// The frame's address lies in no mapping that was known.
  case noMapping = "no_mapping"
  /// The unwind table of the frame's file was not built yet, and the stack could not be finished
  /// later.
  case mappingPending = "mapping_pending"
  /// The frame's file has no call frame information (CFI), and there was no frame pointer to
  /// follow.
  case noCFI = "no_cfi"
  /// The frame's code was made at run time (JIT), and there was no frame pointer to follow.
  case jitNoFramePointer = "jit_no_fp"
  /// The frame's base (CFA) is relative to a register whose value is only known in the leaf frame.
  case unsupportedRegister = "unsup_reg"
  /// The rules for the frame (a DWARF expression, or those of a signal frame) are of a kind that a
  /// row of an unwind table cannot hold.
  case unsupportedExpression = "unsup_expr"
  /// An offset in the call frame information is too large for a row of an unwind table.
  case doesNotFit = "nofit"
  /// The return address is not saved where it usually is (vfork, setcontext, longjmp).
  case oddReturnAddress = "odd_ra"
  /// The caller's frame pointer (rbp) is not saved where it usually is.
  case oddRBP = "odd_rbp"
  /// The return address could not be read from the stack: its page is not resident, or not mapped.
  case readReturnAddress = "read_ra"
  /// The caller's frame pointer (rbp) could not be read from the stack.
  case readRBP = "read_rbp"
  /// The frame's base (CFA) is saved on the stack and could not be read from there.
  case readCFA = "read_cfa"
  /// The return address is 0.
  case zeroReturnAddress = "ra_zero"
  /// The return address is no address that code can have.
  case badPC = "bad_pc"
  /// The caller's frame would not lie above this frame on the stack, so unwinding might never end.
  case noProgress = "no_progress"
  /// The frame's address lies before the first row of its file's unwind table.
  case belowTable = "below_table"
  /// The memory for unwind tables (`--table-memory`) was used up, so that the frame's file has no
  /// table.
  case tableBudget = "table_budget"
  /// The stack was left out whole: the BPF maps of stacks were nearly full, and its process or user had
  /// more than one process's or user's share of them.
  case share
  /// The profiler contradicted itself; this is a defect to report.
  case `internal`
}

/// The numbers of runs of the BPF program that takes samples, by what became of each run.
///
/// They obey a law of conservation: `fired = idle + filtered + recorded + Σ lost`.
package struct SampleAccount: Hashable, Sendable {
  /// The number of runs that were to be expected: rate × CPUs × time. 0 if samples follow the
  /// occurrences of an event, so that no number can be expected.
  package var expected: UInt64 = 0
  /// The number of all runs, whatever became of them.
  package var fired: UInt64 = 0
  /// The number of runs on an idle CPU, which record nothing.
  package var idle: UInt64 = 0
  /// The number of runs in a thread that is not sampled, because its process is not in the target
  /// or because it does not match the filter. These runs record nothing.
  package var filtered: UInt64 = 0
  /// The number of runs that recorded a sample, which is in the result.
  package var recorded: UInt64 = 0
  /// The sums of the recorded samples' values, one for each of `Session.metrics`, in that order.
  package var recordedValues = SampleValues(0)
  /// The number of runs that should have recorded a sample and did not, by reason. A reason that is
  /// absent counts as 0.
  package var lost: [LossReason: UInt64] = [:]
  /// The number of recorded samples without a time, because the list of times was full.
  package var untimed: UInt64 = 0

  /// Creates an account in which nothing was counted.
  package init() {}

  /// The number of lost runs, for all reasons together.
  package var totalLost: UInt64 { lost.values.reduce(0, +) }

  /// The law of conservation: `fired = idle + filtered + recorded + Σ lost`, in runs of the program.
  package var law: ConservationLaw {
    let lost = lost.sorted { $0.key.rawValue < $1.key.rawValue }
    return ConservationLaw(
      "samples", .runs, total: fired,
      parts: [.init("idle", idle), .init("filtered", filtered), .init("recorded", recorded)]
        + lost.map { .init("lost: \($0.key.rawValue)", $0.value) })
  }

  /// The value of fired - idle - filtered - recorded - lost: 0 by the law of conservation. Any
  /// other value is a defect of the profiler.
  package var residual: Int64 { law.residual }

  /// The lost share of all samples of the target's threads that match the filter, in percent, 0 to
  /// 100; 0 if there is no such sample.
  package var lostPercent: Double {
    let matching = recorded + totalLost
    return matching == 0 ? 0 : 100 * Double(totalLost) / Double(matching)
  }
}

/// The numbers of samples by how far their user stacks reach.
package struct StackAccount: Hashable, Sendable {
  /// The number of samples whose stack was unwound to the thread's first frame by unwind tables
  /// alone.
  package var complete: UInt64 = 0
  /// The number of samples whose stack reaches the thread's first frame with at least one step by
  /// the frame pointer, which may have skipped frames.
  package var approximate: UInt64 = 0
  /// The number of samples whose stack does not reach the thread's first frame, by reason. A reason
  /// that is absent counts as 0.
  package var truncated: [Truncation: UInt64] = [:]

  /// Creates an account in which nothing was counted.
  package init() {}

  /// The number of samples whose stacks are truncated, for all reasons together.
  package var totalTruncated: UInt64 { truncated.values.reduce(0, +) }

  /// The number of samples that have a user stack.
  package var total: UInt64 { complete + approximate + totalTruncated }

  /// The truncated share of all user stacks, in percent, 0 to 100; 0 if there are none.
  package var truncatedPercent: Double {
    total == 0 ? 0 : 100 * Double(totalTruncated) / Double(total)
  }

  /// Whether so many stacks are truncated, more than 20 %, that shares of callers mislead.
  package var hasManyTruncated: Bool { truncatedPercent > 20 }
}

/// The numbers of frames by how well they are named. A frame counts once for each sample that it
/// occurs in.
package struct FrameAccount: Hashable, Sendable {
  /// The number of frames that have the name of a function.
  package var named: UInt64 = 0
  /// The number of frames that are shown as their module with an address: the module is known, the
  /// name of the function is not (see ``UnnamedCode``).
  package var moduleOnly: UInt64 = 0
  /// The number of frames that are shown as `[unknown]`: they are in no mapping that was known.
  package var unknown: UInt64 = 0
  /// The number of modules that have fewer names than they could, by reason. A reason that is
  /// absent counts as 0.
  package var limitedModules: [NamingLimit: UInt64] = [:]
  /// The number of files that libdw read because the worker of flameback's own reader of debug
  /// information failed on them. Their names are whole, so they are not in `limitedModules`.
  package var rereadFiles: UInt64 = 0

  /// Creates an account in which nothing was counted.
  package init() {}
}

/// The CPU time, wall time and memory that the profiler itself used. CPU times are the sums of user
/// and kernel time.
package struct CostAccount: Hashable, Sendable {
  /// The number of runs of the BPF program that takes samples whose duration was measured.
  package var bpfRuns: UInt64 = 0
  /// The time that the `bpfRuns` runs of the BPF program took, all together, in nanoseconds,
  /// measured inside the program.
  package var bpfNanoseconds: UInt64 = 0
  /// CPU time of the profiler from the start of its process to the first sample, in seconds.
  package var setupCPUSeconds = 0.0
  /// CPU time of the profiler's process while it sampled, in seconds.
  package var samplingCPUSeconds = 0.0
  /// CPU time of the profiler from the end of sampling until all outputs were written, in seconds,
  /// that of its worker processes included.
  package var finishCPUSeconds = 0.0
  /// CPU time of the worker processes that read object files for names, in seconds.
  package var workerCPUSeconds = 0.0
  /// Peak resident memory of the profiler's main process, in bytes.
  package var maxRSSBytes: UInt64 = 0
  /// Peak resident memory of the largest of the worker processes that read object files for names,
  /// in bytes.
  package var workerPeakBytes: UInt64 = 0
  /// Kernel memory of all BPF maps of the profiler, in bytes.
  package var mapBytes: UInt64 = 0
  /// Wall time from the end of sampling until all outputs were written, in seconds.
  package var stopToWrittenSeconds = 0.0
  /// Memory of the unwind tables at the end of sampling, in bytes.
  package var tableBytes: UInt64 = 0
  /// The most memory that unwind tables may use, in bytes (`--table-memory`).
  package var tableBudgetBytes: UInt64 = 0
  /// The number of unwind tables that were removed to make space for others.
  package var tablesEvicted: UInt64 = 0
  /// The number of side-band records (of processes and mappings) that were read, up to the end of the
  /// window. With named targets they are those of the targets and their descendants, else of all
  /// processes.
  package var sideBandRecords: UInt64 = 0
  /// The comparison with the kernel's own unwinding; nil unless it was requested, as only
  /// benchmarks do.
  package var trial: UnwindingTrial?

  /// Creates an account of no cost.
  package init() {}
}

/// The losses of a recording and its cost: printed after each run, written by `--stats`, and drawn
/// into the picture.
package struct Account: Hashable, Sendable {
  /// The numbers of samples by what became of them: recorded, filtered, lost.
  package var samples = SampleAccount()
  /// The numbers of samples by how far their user stacks reach.
  package var stacks = StackAccount()
  /// The numbers of frames by how well they are named.
  package var frames = FrameAccount()
  /// The CPU time, wall time and memory that the profiler used.
  package var cost = CostAccount()
  /// The laws of the collectors that count something else than `samples`, such as waits, and that of
  /// stacks that were finished later; empty if there are none.
  package var laws: [ConservationLaw] = []

  /// Creates an account in which nothing was counted.
  package init() {}

  /// All laws that the account must obey: that of the samples, then `laws`.
  package var allLaws: [ConservationLaw] { [samples.law] + laws }
}
