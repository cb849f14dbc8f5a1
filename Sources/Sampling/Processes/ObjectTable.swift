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
  /// Objects as mappings describe them: by path, device and inode, without the build id that the
  /// file has.
  private var described: [MappedObject: ObjectIndex] = [:]
  /// The version of each open file at which it was last seen to be its object's.
  private var versions: [ObjectIndex: FileVersion] = [:]
  /// Files that were opened, as the kernel has them mapped.
  private var newFiles: [(key: FileKey, object: ObjectIndex)] = []

  /// - Parameter limit: of open files.
  init(limit: Int) {
    held = HeldObjects(limit: limit)
  }

  /// The index of the object behind a mapping of a process that runs, or has just ended.
  ///
  /// - Parameter time: when it was mapped, in monotonic nanoseconds; 0 if that is not known.
  func object(
    pid: Int32, start: UInt64, end: UInt64, path: String, identity: FileIdentity,
    mappedAt time: UInt64
  ) -> ObjectIndex {
    let description = Self.description(path, identity)
    guard case .file = description.kind else { return indexWithoutFile(description) }
    let known = described[description]
    if let known, isStill(known) { return known }
    let object: ObjectIndex
    do throws(AbsenceReason) {
      let file = try openMappedFile(
        pid: pid, start: start, end: end, path: description.path, identity: identity,
        mappedAt: time)
      let opened = try OpenFile(file)
      object = index(of: Self.exact(description, identity, ElfImage(opened)?.buildID))
      hold(opened, for: object)
      // A copy of a file, which FUSE needs, has another inode, and does not keep the file's from being
      // used again.
      if opened.inode == identity.inode { newFiles.append((FileKey(identity), object)) }
    } catch {
      // Not the object whose file is still open: that file was written over.
      object = known.flatMap { isHeld($0) ? nil : $0 } ?? index(of: description)
      held.miss(error, for: object)
    }
    described[description] = object
    return object
  }

  /// Returns the files that were opened since the last call, and the vdso, with their objects. One
  /// that comes again has changed: the last one counts.
  func takeNewFiles() -> [(key: FileKey, object: ObjectIndex)] {
    defer { newFiles.removeAll() }
    return newFiles.filter { objects[$0.object].kind == .vdso || isHeld($0.object) }
  }

  private func indexWithoutFile(_ description: MappedObject) -> ObjectIndex {
    let count = objects.count
    let object = index(of: description)
    if object == count, description.kind == .vdso { newFiles.append((.vdso, object)) }
    return object
  }

  /// Whether a description still means the object that it meant before. As long as the file is open,
  /// no other can have its inode number, but it may be written over.
  private func isStill(_ object: ObjectIndex) -> Bool {
    guard case .held(let file) = held.state(of: object) else { return !held.wants(object) }
    let version = file.version()
    guard version != versions[object] else { return true }
    versions[object] = version
    guard case .file(let identity) = objects[object].kind, let buildID = identity.buildID else {
      return true
    }
    return ElfImage(file)?.buildID == buildID
  }

  private func isHeld(_ object: ObjectIndex) -> Bool {
    if case .held = held.state(of: object) { true } else { false }
  }

  private func hold(_ file: OpenFile, for object: ObjectIndex) {
    if held.wants(object) { versions[object] = file.version() }
    held.hold(file, for: object)
  }

  /// The index of a file that will be mapped; nil if it has no build id, by which the mapping's file
  /// could be recognized.
  ///
  /// - Parameter path: without symbolic links.
  func expectedObject(at path: String) -> ObjectIndex? {
    guard let file = try? OpenFile(opening: path), let buildID = ElfImage(file)?.buildID else {
      return nil
    }
    let unknown = FileIdentity(buildID: nil, deviceMajor: 0, deviceMinor: 0, inode: 0)
    let object = index(
      of: Self.exact(MappedObject(path: path, kind: .file(unknown)), unknown, buildID))
    hold(file, for: object)
    newFiles.append((FileKey(file), object))
    return object
  }

  private func index(of object: MappedObject) -> ObjectIndex {
    if let known = indices[object] { return known }
    objects.append(object)
    indices[object] = objects.count - 1
    return objects.count - 1
  }

  /// What identifies a file once it is open: its build id; if it has none, device and inode, which no
  /// other file gets while it is open.
  private static func exact(
    _ description: MappedObject, _ identity: FileIdentity, _ buildID: BuildID?
  ) -> MappedObject {
    var exact = description
    exact.kind = .file(
      buildID.map { FileIdentity(buildID: $0, deviceMajor: 0, deviceMinor: 0, inode: 0) }
        ?? FileIdentity(
          buildID: nil, deviceMajor: identity.deviceMajor, deviceMinor: identity.deviceMinor,
          inode: identity.inode))
    return exact
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
    guard identity.inode != 0, !path.hasPrefix("anon_inode:") else {
      return MappedObject(path: path, kind: .anonymous)
    }
    let deleted = " (deleted)"
    let plain = path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
    return MappedObject(path: plain, kind: .file(identity))
  }
}
