// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// Finishes, in copies of their stacks, the walks of samples in files whose tables were not ready yet.
///
/// Such a sample is counted by the BPF program like any other, with the stack as far as it was walked.
/// A stack that is finished here takes the place of that one when the window is read; one that is not
/// leaves the sample as it is. So nothing that happens here can lose a sample or count it twice.
///
/// The code of a frame is that which its process had mapped when the sample was taken, by the table
/// of processes. So a walk waits until all records up to that time have been applied; and it is not
/// tried where the kernel counted other pages of code for the process than the table has, since
/// something was unmapped or moved.
final class StackFinisher {
  /// Memory of the copies that wait for tables: 256 of the largest.
  private static let mostBytes = 256 * Int(FB_COPY_PAGES) * Int(FB_COPY_PAGE_SIZE)
  /// Finished stacks of a window that are kept, as many as the fewest distinct stacks.
  private static let mostFinished = 16_384
  /// Time in which the records of what happened before a sample come, in nanoseconds; several times
  /// that for which `SideBand` holds records back.
  private static let settling: UInt64 = 1_000_000

  private var ring: StackCopyRing
  private let depthLimit: Int
  private var waiting: [CopiedStack] = []
  private var waitingBytes = 0
  /// By generation.
  private var finished: [FinishedStacks] = [FinishedStacks(), FinishedStacks()]
  /// When to try next, in monotonic nanoseconds; nil until a copy or a table comes.
  private(set) var nextAttempt: UInt64?

  /// - Parameter depthLimit: frames of a user stack at most.
  init(_ bpf: borrowing BPFObject, depthLimit: Int) throws(SamplingError) {
    ring = try StackCopyRing(bpf)
    self.depthLimit = depthLimit
  }

  /// Readable when there are new copies.
  var descriptor: CInt { ring.descriptor }

  /// Whether a copy waits for a table.
  var isWaiting: Bool { !waiting.isEmpty }

  /// Takes the copies that were made since the last call.
  func takeCopies(at now: UInt64) {
    for copy in ring.take() {
      guard waitingBytes + copy.pages.count <= Self.mostBytes else {
        leave(copy)
        continue
      }
      waiting.append(copy)
      waitingBytes += copy.pages.count
    }
    tryAgain(at: now)
  }

  /// Something has changed that the walks may have waited for.
  func tryAgain(at now: UInt64) {
    if isWaiting, nextAttempt == nil { nextAttempt = now + 2 * Self.settling }
  }

  /// Tries to finish what waits.
  ///
  /// - Parameters:
  ///   - now: the time before the records were read that are applied to the table.
  ///   - hasAllRecords: No record will come any more.
  func finish(
    in processes: ProcessTable, _ tables: inout UnwindTables, at now: UInt64,
    hasAllRecords: Bool = false
  ) {
    var code = CodeLookup(time: now)
    var stillWaiting: [CopiedStack] = []
    nextAttempt = nil
    for copy in waiting {
      guard hasAllRecords || copy.state.now + Self.settling < now else {
        stillWaiting.append(copy)
        nextAttempt = now + 2 * Self.settling
        continue
      }
      switch code.walk(copy, limit: depthLimit, in: processes, &tables) {
      case .pending: stillWaiting.append(copy)
      case .cut: leave(copy)
      case .finished(let frames, let reach): keep(copy, frames, reach)
      }
    }
    waiting = stillWaiting
    waitingBytes = waiting.reduce(0) { $0 + $1.pages.count }
  }

  /// Returns what was finished of a closed window, and forgets its other copies.
  func takeFinished(of generation: UInt32) -> FinishedStacks {
    let index = Int(generation & 1)
    for copy in waiting where Self.generation(of: copy) == index { leave(copy) }
    waiting.removeAll { Self.generation(of: $0) == index }
    waitingBytes = waiting.reduce(0) { $0 + $1.pages.count }
    defer { finished[index] = FinishedStacks() }
    return finished[index]
  }

  private func keep(_ copy: CopiedStack, _ frames: [RawFrame], _ reach: StackReach) {
    let index = Self.generation(of: copy)
    guard finished[index].all.count < Self.mostFinished else { return leave(copy) }
    finished[index].all.append(FinishedStack(copy.state, frames, reach))
  }

  private func leave(_ copy: CopiedStack) { finished[Self.generation(of: copy)].leftCount += 1 }

  private static func generation(of copy: CopiedStack) -> Int {
    copy.state.key.flags & UInt32(FB_KEY_GENERATION) == 0 ? 0 : 1
  }
}

/// Finds the code of the frames of some walks. Each table is mapped into memory once for all of them.
private struct CodeLookup {
  /// The present, in monotonic nanoseconds.
  let time: UInt64
  private var published: [ObjectIndex: PublishedTable] = [:]

  init(time: UInt64) { self.time = time }

  mutating func walk(
    _ copy: CopiedStack, limit: Int, in processes: ProcessTable, _ tables: inout UnwindTables
  ) -> CopiedStack.Outcome {
    let state = copy.state
    let process = processes.entry(pid: Int32(bitPattern: state.key.pid), at: state.now)?.process
    let mapped = process?.mappings.filter { $0.from <= state.now && state.now < $0.until } ?? []
    guard !mapped.isEmpty, mapped.reduce(0, { $0 &+ $1.codePages }) == state.code_pages else {
      return .cut
    }
    return copy.walk(limit: limit) { address in
      guard let mapping = mapped.first(where: { $0.start <= address && address < $0.end }) else {
        return .unknown
      }
      return code(at: address, in: mapping, &tables)
    }
  }

  /// As `row_of_mapped` in `bpf/unwind/lookup.h`.
  private mutating func code(
    at address: UInt64, in mapping: Mapping, _ tables: inout UnwindTables
  ) -> CopiedStack.Code {
    let object = mapping.object
    if tables.isAnonymous(object) {
      return .row(fb_row(0, FB_ROW_ANONYMOUS.rawValue), object: nil, bias: 0)
    }
    let bias = mapping.start &- mapping.fileOffset
    switch tables.state(of: object) {
    case FB_OBJECT_NO_CFI:
      return .row(fb_row(0, FB_ROW_GAP.rawValue), object: object, bias: bias)
    case FB_OBJECT_PENDING:
      tables.request(object, at: time)
      return .pending
    case FB_OBJECT_READY:
      if published[object] == nil { published[object] = tables.published(object) }
      guard let start = tables.linkAddress(of: mapping),
        let row = published[object]?.row(at: address &- mapping.start &+ start)
      else { return .unknown }
      tables.markUsed(object, at: time)
      return .row(row, object: object, bias: bias)
    default: return .unknown
    }
  }
}
