// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import Synchronization
import System
import Unwinding

/// An unwind table in the form of the BPF map `rows`: the index, the rows, and where registers were
/// saved.
struct BuiltTable {
  var index: RowIndex
  var rows: [UInt64]
  var savedRegisters: [UInt64]

  /// Words of 64 bits.
  var size: Int { index.words.count + rows.count + savedRegisters.count }

  /// Estimated size of a file's table in words, rather too large than too small.
  static func estimatedSize(of image: ElfImage) -> Int {
    let rows = UnwindTable.estimatedRows(of: image)
    return rows + rows / RowIndex.rowsPerWord
  }

  /// Nil if the file has no call frame information that can be read.
  init?(of image: ElfImage) {
    guard let table = try? UnwindTable(of: image), !table.rows.isEmpty else { return nil }
    index = RowIndex(of: table.rows)
    rows = table.rows
    savedRegisters = table.savedRegisters
  }
}

/// A thread that builds unwind tables. A large table takes longer than the event loop may be kept from
/// reading records.
struct TableBuilder: ~Copyable {
  private let job: SharedJob
  private let thread: pthread_t
  /// Whether a table was started and has not been taken.
  private(set) var isBusy = false

  /// - Parameter delay: time that each table takes longer, in nanoseconds, so that tests have samples
  ///   that come before their tables.
  init(delay: UInt64 = 0) throws(SamplingError) {
    // Memory of a large table is mapped, and unmapped when it is freed. By default the C library
    // raises the threshold with each such block, and keeps the memory for good.
    mallopt(M_MMAP_THRESHOLD, 1 << 20)
    let job = try SharedJob(delay: delay)
    var thread = pthread_t()
    // Released by the thread.
    let shared = Unmanaged.passRetained(job)
    let code = pthread_create(&thread, nil, buildTables, shared.toOpaque())
    guard code == 0 else {
      shared.release()
      throw .system(SystemError(operation: "pthread_create", code: code))
    }
    self.job = job
    self.thread = thread
  }

  deinit {
    job.state.withLock { $0 = .quit }
    job.started.signal()
    pthread_join(thread, nil)
  }

  /// Readable when the table has been built.
  var descriptor: CInt { job.finished.descriptor }

  /// Starts building a table. The builder must not be busy.
  mutating func start(_ object: ObjectIndex, _ image: ElfImage) {
    isBusy = true
    job.state.withLock { $0 = .build(object, image) }
    job.started.signal()
  }

  /// Waits for the table that was started, and returns it. The table is nil if the file has none; the
  /// result is nil if nothing was started.
  mutating func take() -> (object: ObjectIndex, table: BuiltTable?)? {
    guard isBusy else { return nil }
    job.finished.wait()
    isBusy = false
    return job.state.withLock { state in
      guard case .built(let object, let table) = state else { return nil }
      state = .idle
      return (object, table)
    }
  }
}

/// What the two threads share: one job at a time, which goes to the thread and comes back finished.
private final class SharedJob: Sendable {
  enum State {
    case idle
    case build(ObjectIndex, ElfImage)
    case built(ObjectIndex, BuiltTable?)
    case quit
  }

  let state = Mutex(State.idle)
  let started: WakeUp
  let finished: WakeUp
  private let delay: UInt64

  init(delay: UInt64) throws(SamplingError) {
    self.delay = delay
    started = try WakeUp()
    finished = try WakeUp()
  }

  /// The thread's loop; returns at `quit`.
  func run() {
    while true {
      started.wait()
      switch state.withLock({ $0 }) {
      case .build(let object, let image):
        if delay > 0 { usleep(UInt32(truncatingIfNeeded: delay / 1000)) }
        let table = BuiltTable(of: image)
        // The state may be `quit` by now.
        state.withLock { if case .build = $0 { $0 = .built(object, table) } }
        finished.signal()
      case .quit: return
      case .idle, .built: break
      }
    }
  }
}

/// The thread's entry. A function of its own: a closure here crashes Swift 6.3.1's compiler.
private func buildTables(_ job: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // The priority of a thread is its own. A table is awaited by samples, as a mapping is.
  let priority = RaisedPriority()
  // The thread parses untrusted files through descriptors that are open: it needs no privilege.
  // The main thread, which gives up its own after that, reports it if that cannot be done.
  try? Capability.keep([])
  if let job { Unmanaged<SharedJob>.fromOpaque(job).takeRetainedValue().run() }
  _ = consume priority
  return nil
}
