// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Everything that was seen mapped, each file once and opened at first sight, so that it can be
/// named after its process has exited or its path was deleted.
final class ObjectTable {
  private(set) var objects: [MappedObject] = []
  let held: HeldObjects
  private var indices: [MappedObject: ObjectIndex] = [:]
  /// What a mapping said, before the file itself told its build id.
  private var seen: [MappedObject: ObjectIndex] = [:]

  init(limit: Int) {
    held = HeldObjects(limit: limit)
  }

  /// The object behind a mapping of a process that exists, or existed a moment ago.
  func object(
    pid: Int32, start: UInt64, end: UInt64, path: String, identity: FileIdentity
  ) -> ObjectIndex {
    let said = Self.named(path, identity)
    guard case .file = said.kind else { return index(of: said) }
    if let known = seen[said], !held.wants(known) { return known }
    do throws(AbsenceReason) {
      let file = try openMappedFile(
        pid: pid, start: start, end: end, path: said.path, identity: identity)
      let opened = try OpenFile(file)
      var exact = said
      // Records carry either a build id or an inode; only the file tells both.
      if let buildID = ElfImage(opened)?.buildID ?? identity.buildID {
        exact.kind = .file(
          FileIdentity(buildID: buildID, deviceMajor: 0, deviceMinor: 0, inode: 0))
      }
      let object = index(of: exact)
      held.hold(opened, for: object)
      seen[said] = object
      return object
    } catch {
      let object = seen[said] ?? index(of: said)
      held.miss(error, for: object)
      seen[said] = object
      return object
    }
  }

  /// A file that is going to be mapped, if it has a build id: without one it is the mapping that
  /// says which file it is.
  ///
  /// - Parameter path: without symbolic links.
  func expectedObject(at path: String) -> ObjectIndex? {
    guard let file = try? OpenFile(opening: path), let buildID = ElfImage(file)?.buildID else {
      return nil
    }
    let object = index(
      of: MappedObject(
        path: path,
        kind: .file(
          FileIdentity(buildID: buildID, deviceMajor: 0, deviceMinor: 0, inode: 0))))
    held.hold(file, for: object)
    return object
  }

  private func index(of object: MappedObject) -> ObjectIndex {
    if let known = indices[object] { return known }
    objects.append(object)
    indices[object] = objects.count - 1
    return objects.count - 1
  }

  /// Tells files from memory that only has a label. `/proc/PID/maps` and the kernel's records
  /// differ in how they label memory without a file.
  private static func named(_ path: String, _ identity: FileIdentity) -> MappedObject {
    switch path {
    case "[vdso]": return MappedObject(path: path, kind: .vdso)
    case "", "//anon": return MappedObject(path: "//anon", kind: .anonymous)
    default: break
    }
    if path.hasPrefix("[") { return MappedObject(path: path, kind: .special) }
    // `anon_inode:`, `memfd:`, `/dev/zero`: shown as paths, without a file that could be opened.
    guard identity.buildID != nil || identity.inode != 0, !path.hasPrefix("anon_inode:") else {
      return MappedObject(path: path, kind: .anonymous)
    }
    let deleted = " (deleted)"
    let plain = path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
    return MappedObject(path: plain, kind: .file(identity))
  }
}
