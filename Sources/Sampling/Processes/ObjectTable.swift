// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// The objects that were seen mapped, each once. A file is opened when it is first seen, so that its
/// symbols can be read after its process has exited or its path was deleted.
final class ObjectTable {
  /// By index. Indices are never reused.
  private(set) var objects: [MappedObject] = []
  /// The open files.
  let held: HeldObjects
  private var indices: [MappedObject: ObjectIndex] = [:]
  /// Objects as mappings describe them, which do not have the build id that the file has.
  private var described: [MappedObject: ObjectIndex] = [:]

  /// - Parameter limit: of open files.
  init(limit: Int) {
    held = HeldObjects(limit: limit)
  }

  /// The index of the object behind a mapping of a process that runs, or has just ended.
  func object(
    pid: Int32, start: UInt64, end: UInt64, path: String, identity: FileIdentity
  ) -> ObjectIndex {
    let description = Self.description(path, identity)
    guard case .file = description.kind else { return index(of: description) }
    if let known = described[description], !held.wants(known) { return known }
    do throws(AbsenceReason) {
      let file = try openMappedFile(
        pid: pid, start: start, end: end, path: description.path, identity: identity)
      let opened = try OpenFile(file)
      var exact = description
      // Records have either a build id or an inode; only the file has both.
      if let buildID = ElfImage(opened)?.buildID ?? identity.buildID {
        exact.kind = .file(
          FileIdentity(buildID: buildID, deviceMajor: 0, deviceMinor: 0, inode: 0))
      }
      let object = index(of: exact)
      held.hold(opened, for: object)
      described[description] = object
      return object
    } catch {
      let object = described[description] ?? index(of: description)
      held.miss(error, for: object)
      described[description] = object
      return object
    }
  }

  /// The index of a file that will be mapped; nil if it has no build id, by which the mapping could be
  /// recognized.
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

  /// The object that a path and an identity describe. `/proc/PID/maps` and the kernel's records label
  /// memory without a file differently.
  private static func description(_ path: String, _ identity: FileIdentity) -> MappedObject {
    switch path {
    case "[vdso]": return MappedObject(path: path, kind: .vdso)
    case "", "//anon": return MappedObject(path: "//anon", kind: .anonymous)
    default: break
    }
    if path.hasPrefix("[") { return MappedObject(path: path, kind: .special) }
    // `anon_inode:`, `memfd:`, `/dev/zero` look like paths, but there is no file to open.
    guard identity.buildID != nil || identity.inode != 0, !path.hasPrefix("anon_inode:") else {
      return MappedObject(path: path, kind: .anonymous)
    }
    let deleted = " (deleted)"
    let plain = path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
    return MappedObject(path: plain, kind: .file(identity))
  }
}
