// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The follower that makes unwinding possible: it enters in BPF maps what each process has mapped, and
/// the unwind tables of the files.
final class UnwindingFollower: ProcessFollower {
  var tables: UnwindTables
  private var spaces: SpaceMaps

  /// - Parameters:
  ///   - rowCapacity: entries of the BPF map `rows`.
  ///   - buildsAtOnce: tables are built when a file is mapped; else when a sample needs them.
  init(
    _ bpf: borrowing BPFObject, objects: ObjectTable, rowCapacity: Int, buildsAtOnce: Bool
  ) throws(SamplingError) {
    let spaces = try SpaceMaps(bpf, buildsAtOnce: buildsAtOnce)
    tables = try UnwindTables(bpf, objects: objects, rowCapacity: rowCapacity)
    self.spaces = spaces
  }

  /// Mappings and processes that had no space in the BPF maps: stacks there are truncated.
  var unpublishedCount: Int { spaces.unpublishedCount }

  func apply(_ change: ProcessChange) { spaces.apply(change, &tables) }

  func needsFile(of object: ObjectIndex) -> Bool { tables.needsFile(of: object) }

  func willCloseFile(of object: ObjectIndex) { tables.willCloseFile(of: object) }

  /// Builds all tables that are queued, and returns when they are there.
  func buildQueued() {
    while tables.isBuilding { tables.takeBuilt() }
  }
}
