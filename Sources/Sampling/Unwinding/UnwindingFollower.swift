// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import System

/// The follower that makes unwinding possible: it enters in BPF maps what each process has mapped, the
/// files that are open, and their unwind tables. And it finishes the stacks of samples that came
/// before the tables.
final class UnwindingFollower: ProcessFollower {
  var tables: UnwindTables
  let finisher: StackFinisher
  private var spaces: SpaceMaps
  private var files: KnownFiles
  private let objects: ObjectTable

  /// - Parameters:
  ///   - rowCapacity: entries of the BPF map `rows`.
  ///   - plan: whether tables are built when a file is mapped or when a sample needs them, and the
  ///     frames of a stack.
  ///   - limits: of the maps of what processes have mapped; tests have smaller ones.
  init(
    _ bpf: borrowing BPFObject, objects: ObjectTable, rowCapacity: Int, _ plan: SamplingPlan,
    limits: SpaceLimits = .init()
  ) throws(SamplingError) {
    let spaces = try SpaceMaps(bpf, buildsAtOnce: !plan.isLazy, limits: limits)
    let files = try KnownFiles(bpf)
    let finisher = try StackFinisher(bpf, depthLimit: plan.maximumDepth)
    tables = try UnwindTables(
      bpf, objects: objects, rowCapacity: rowCapacity, delay: plan.tableDelay)
    self.finisher = finisher
    self.spaces = spaces
    self.files = files
    self.objects = objects
  }

  /// Mappings and processes that had no space in the BPF maps: stacks there are truncated.
  var unpublishedCount: Int { spaces.unpublishedCount }

  func apply(_ change: ProcessChange) {
    publishFiles()
    spaces.apply(change, &tables)
  }

  /// When `publishWaiting` has something to do, in monotonic nanoseconds; nil if nothing waits.
  var nextPublication: UInt64? { spaces.nextPublication }

  func publishWaiting(at now: UInt64) { spaces.publishWaiting(at: now, &tables) }

  func needsFile(of object: ObjectIndex) -> Bool { tables.needsFile(of: object) }

  func willCloseFile(of object: ObjectIndex) {
    files.remove(object)
    tables.willCloseFile(of: object)
  }

  /// Enters the files that were opened since the last call, and removes those that will be closed.
  private func publishFiles() {
    for change in objects.takeFileChanges() {
      switch change {
      case .opened(let key, let object):
        files.add(
          object, key, segments: tables.segments(of: object), owner: objects.owner(of: object))
      case .closing(let key, let object, let file):
        // Until then no other file can have its inode number.
        withExtendedLifetime(file) { files.remove(key, of: object) }
      }
    }
  }

  /// Waits for the table that is being built, and publishes it.
  func takeBuilt() {
    tables.takeBuilt()
    finisher.tryAgain(at: monotonicNanoseconds())
  }

  /// Builds all tables that are queued, and returns when they, and the files, are there.
  func buildQueued() {
    publishFiles()
    while tables.isBuilding { tables.takeBuilt() }
  }

  /// How long the end of sampling waits for tables, in nanoseconds: far longer than the largest takes.
  private static let longestWait: UInt64 = 1_000_000_000

  /// Finishes the stacks of a window that was closed, as far as the tables are there, and returns
  /// them.
  ///
  /// - Parameters:
  ///   - processes: with all records that were read after `now`.
  ///   - isLast: Sampling is over, so that no record comes any more, and there is time to wait for
  ///     tables.
  func finishStacks(
    of generation: UInt32, in processes: ProcessTable, at now: UInt64, isLast: Bool
  ) -> FinishedStacks {
    finisher.takeCopies(at: now)
    finisher.finish(in: processes, &tables, at: now, hasAllRecords: isLast)
    let deadline = now + Self.longestWait
    while isLast, finisher.isWaiting, tables.isBuilding, monotonicNanoseconds() < deadline {
      tables.takeBuilt()
      finisher.finish(in: processes, &tables, at: now, hasAllRecords: true)
    }
    return finisher.takeFinished(of: generation)
  }
}
