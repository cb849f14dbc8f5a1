// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import Synchronization
import Unwinding

/// A table as it lies in the program's map: the index, then the rows.
struct BuiltTable {
  var index: RowIndex
  var rows: [UInt64]

  var size: Int { index.words.count + rows.count }

  /// About what a file's table will take, in words: rather more than less.
  static func estimatedSize(of image: ElfImage) -> Int {
    let rows = UnwindTable.estimatedRows(of: image)
    return rows + rows / RowIndex.rowsPerWord
  }

  /// Nil where the file has no call frame information that can be read.
  init?(of image: ElfImage) {
    guard let rows = try? UnwindTable(of: image).rows, !rows.isEmpty else { return nil }
    index = RowIndex(of: rows)
    self.rows = rows
  }
}

/// Makes unwind tables in a thread of its own: a large one takes a while, in which what is mapped
/// must still be told at once.
struct TableBuilder: ~Copyable {
  private let desk: BuildersDesk
  private let thread: pthread_t
  /// Whether there is a table that was asked for and not taken.
  private(set) var isBusy = false

  init() throws(SamplingError) {
    // What making a large table takes goes back to the machine at once. Left alone, the C library learns
    // from it to keep as much for good.
    mallopt(M_MMAP_THRESHOLD, 1 << 20)
    let desk = try BuildersDesk()
    var thread = pthread_t()
    // Released by the thread.
    let shared = Unmanaged.passRetained(desk)
    let code = pthread_create(&thread, nil, buildTables, shared.toOpaque())
    guard code == 0 else {
      shared.release()
      throw .system(SystemError(operation: "pthread_create", code: code))
    }
    self.desk = desk
    self.thread = thread
  }

  deinit {
    desk.orders.withLock { $0 = .leave }
    desk.ordered.call()
    pthread_join(thread, nil)
  }

  /// Readable once the table is done.
  var descriptor: CInt { desk.done.descriptor }

  /// To be called only while it is not busy.
  mutating func start(_ object: ObjectIndex, _ image: ElfImage) {
    isBusy = true
    desk.orders.withLock { $0 = .build(object, image) }
    desk.ordered.call()
  }

  /// Waits for the table that was asked for; nil where its file has none.
  mutating func take() -> (object: ObjectIndex, table: BuiltTable?)? {
    guard isBusy else { return nil }
    desk.done.answer()
    isBusy = false
    return desk.orders.withLock { order in
      guard case .built(let object, let table) = order else { return nil }
      order = .nothing
      return (object, table)
    }
  }
}

/// What the two threads share: one order at a time goes over it and comes back done.
private final class BuildersDesk: Sendable {
  enum Order {
    case nothing
    case build(ObjectIndex, ElfImage)
    case built(ObjectIndex, BuiltTable?)
    case leave
  }

  let orders = Mutex(Order.nothing)
  let ordered: WakeUp
  let done: WakeUp

  init() throws(SamplingError) {
    ordered = try WakeUp()
    done = try WakeUp()
  }

  func work() {
    while true {
      ordered.answer()
      switch orders.withLock({ $0 }) {
      case .build(let object, let image):
        let table = BuiltTable(of: image)
        // Unless it was asked to leave meanwhile.
        orders.withLock { if case .build = $0 { $0 = .built(object, table) } }
        done.call()
      case .leave: return
      case .nothing, .built: break
      }
    }
  }
}

/// The thread's entry. A function of its own: a closure here crashes Swift 6.3.1's compiler.
private func buildTables(_ desk: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // It reads what strangers have written, through descriptors that are open.
  Capability.keep([])
  if let desk { Unmanaged<BuildersDesk>.fromOpaque(desk).takeRetainedValue().work() }
  return nil
}
