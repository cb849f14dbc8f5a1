// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The follower that makes unwinding possible: it enters in BPF maps what each process has mapped, the
/// files that are open, and their unwind tables.
final class UnwindingFollower: ProcessFollower {
  var tables: UnwindTables
  private var spaces: SpaceMaps
  private var files: KnownFiles
  private let objects: ObjectTable

  /// - Parameters:
  ///   - rowCapacity: entries of the BPF map `rows`.
  ///   - buildsAtOnce: tables are built when a file is mapped; else when a sample needs them.
  init(
    _ bpf: borrowing BPFObject, objects: ObjectTable, rowCapacity: Int, buildsAtOnce: Bool
  ) throws(SamplingError) {
    let spaces = try SpaceMaps(bpf, buildsAtOnce: buildsAtOnce)
    let files = try KnownFiles(bpf)
    tables = try UnwindTables(bpf, objects: objects, rowCapacity: rowCapacity)
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
        files.add(object, key, segments: tables.segments(of: object))
      case .closing(let key, let object, let file):
        // Until then no other file can have its inode number.
        withExtendedLifetime(file) { files.remove(key, of: object) }
      }
    }
  }

  /// Builds all tables that are queued, and returns when they, and the files, are there.
  func buildQueued() {
    publishFiles()
    while tables.isBuilding { tables.takeBuilt() }
  }
}
