// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// The inodes that are known to be an object's: each has its file open here, so that no other file
/// can get its number.
///
/// An object may have several: copies of a program, in containers or made by each build. The file
/// that names are read from, in `HeldObjects`, is one of them; the others are *copies*, of which the
/// newest are kept.
struct OpenInodes {
  /// What the map of known files has to learn, in this order.
  enum Change {
    case opened(FileKey, ObjectIndex)
    /// The file stays open until the change was taken.
    case closing(FileKey, ObjectIndex, OpenFile)
  }

  private struct Entry {
    let object: ObjectIndex
    let file: OpenFile
    /// The version at which the file was last seen to be the object's.
    var version: FileVersion?
  }

  private let mostCopies: Int
  private var entries: [FileKey: Entry] = [:]
  /// The keys of copies, the oldest first.
  private var copies: [FileKey] = []
  private var changes: [Change] = []

  /// - Parameter mostCopies: that are kept open. They cost a descriptor each, and the space of a file
  ///   that was deleted.
  init(mostCopies: Int) {
    self.mostCopies = mostCopies
  }

  /// Enters the vdso, which is no file.
  mutating func enterVdso(_ object: ObjectIndex) { changes.append(.opened(.vdso, object)) }

  /// Enters the file of an object, as the kernel has it mapped.
  ///
  /// - Parameters:
  ///   - isCopy: the object has another open file.
  ///   - hasInode: false for the copy of a file on FUSE, which does not keep the file's inode from
  ///     being used again.
  mutating func enter(
    _ file: OpenFile, of object: ObjectIndex, at key: FileKey, isCopy: Bool, hasInode: Bool
  ) {
    if hasInode, let known = entries[key], known.object == object {
      entries[key]?.version = file.version()
      return
    }
    copies.removeAll { $0 == key }
    entries[key] = Entry(object: object, file: file, version: file.version())
    if hasInode { changes.append(.opened(key, object)) }
    guard isCopy else { return }
    copies.append(key)
    if copies.count > mostCopies { close(copies.removeFirst()) }
  }

  /// Whether the inode is the object's still. It may have been written over. Of a copy that changed in
  /// any way it is not known: it has to be compared again.
  mutating func isStill(_ object: ObjectIndex, at key: FileKey, buildID: BuildID?) -> Bool {
    guard let entry = entries[key], entry.object == object else { return false }
    let version = entry.file.version()
    guard version != entry.version else { return true }
    guard !copies.contains(key) else { return false }
    entries[key]?.version = version
    return buildID.map { $0 == ElfImage(entry.file)?.buildID } ?? true
  }

  /// Forgets objects whose files are closed. Nothing is reported of them.
  mutating func forget(_ objects: Set<ObjectIndex>) {
    entries = entries.filter { !objects.contains($0.value.object) }
    copies.removeAll { entries[$0] == nil }
    changes.removeAll {
      if case .opened(_, let object) = $0 { objects.contains(object) } else { false }
    }
  }

  /// Returns the changes since the last call.
  mutating func takeChanges() -> [Change] {
    defer { changes.removeAll() }
    return changes
  }

  private mutating func close(_ key: FileKey) {
    guard let entry = entries.removeValue(forKey: key) else { return }
    changes.append(.closing(key, entry.object, entry.file))
  }
}
