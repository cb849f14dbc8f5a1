// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import System

/// The objects that were seen mapped, each once. A file is opened when it is first seen, so that its
/// symbols can be read after its process has exited or its path was deleted.
final class ObjectTable {
  /// By index. Indices are never reused.
  private(set) var objects: [MappedObject] = []
  /// The open files.
  let held: HeldObjects
  private var indices: [MappedObject: ObjectIndex] = [:]
  /// The objects of each path and build id, the oldest first. A build id proves nothing, as everybody can
  /// write any: two of them are one object only if their bytes were compared.
  private var alike: [MappedObject: [ObjectIndex]] = [:]
  private var comparison = FileComparison()
  /// Objects as mappings describe them: by path, device and inode, without the build id that the
  /// file has.
  private var described: [MappedObject: ObjectIndex] = [:]
  private var inodes: OpenInodes
  /// Shares of the open files, and of the indices, which are never given back.
  private var heldShares: Shares
  private var indexShares: Shares
  /// The processes for which the open files were opened.
  private var owners: [ObjectIndex: Shares.Owner] = [:]
  /// Objects without an index of their own, and files that were not kept open, because their process or
  /// user had more than a share.
  private(set) var leftOutCount = 0
  private let user: (Int32) -> uid_t?

  /// - Parameters:
  ///   - limit: of open files that names are read from.
  ///   - capacity: of objects that can have an unwind table.
  ///   - user: the real user of a process; nil if it is not known.
  init(
    limit: Int, capacity: Int = UnwindTables.objectCapacity,
    user: @escaping (Int32) -> uid_t? = realUser
  ) {
    held = HeldObjects(limit: limit)
    inodes = OpenInodes(mostCopies: min(32, limit / 8))
    heldShares = Shares(capacity: limit)
    indexShares = Shares(capacity: capacity)
    self.user = user
  }

  /// The process for which the file of an object was opened.
  func owner(of object: ObjectIndex) -> Shares.Owner { owners[object] ?? Self.own }

  /// Files that flameback has opened by itself, and the vdso, are its own.
  private static let own = Shares.Owner(process: 0, user: 0)

  private func owner(_ pid: Int32) -> Shares.Owner {
    Shares.Owner(process: Int(pid), user: user(pid))
  }

  /// The index of the object behind a mapping of a process that runs, or has just ended.
  ///
  /// - Parameter time: when it was mapped, in monotonic nanoseconds; 0 if that is not known.
  func object(
    pid: Int32, start: UInt64, end: UInt64, path: String, identity: FileIdentity,
    mappedAt time: UInt64
  ) -> ObjectIndex {
    let description = Self.description(path, identity)
    guard case .file = description.kind else { return indexWithoutFile(description, pid) }
    let known = described[description]
    if let known, isStill(known, identity) { return known }
    let object: ObjectIndex
    do throws(AbsenceReason) {
      let file = try openMappedFile(
        pid: pid, start: start, end: end, path: description.path, identity: identity,
        mappedAt: time)
      let opened = try OpenFile(file)
      object = index(of: opened, at: description.path, identity, owner(pid))
      hold(
        opened, for: object, at: FileKey(identity), hasInode: opened.inode == identity.inode,
        owner(pid))
    } catch {
      // Not the object whose file is still open: that file was written over.
      object = known.flatMap { isHeld($0) ? nil : $0 } ?? index(of: description, owner(pid))
      held.miss(error, for: object)
    }
    if objects[object] != Self.leftOut { described[description] = object }
    return object
  }

  /// Returns which files were opened, or are about to be closed, since the last call.
  func takeFileChanges() -> [OpenInodes.Change] { inodes.takeChanges() }

  /// Closes the files of objects that no process has mapped.
  func release(_ objects: Set<ObjectIndex>) {
    for object in objects {
      held.release(object)
      if let owner = owners.removeValue(forKey: object) { heldShares.giveBack(of: owner) }
    }
    inodes.forget(objects)
  }

  private func indexWithoutFile(_ description: MappedObject, _ pid: Int32) -> ObjectIndex {
    let count = objects.count
    let object = index(of: description, owner(pid))
    if object == count, description.kind == .vdso { inodes.enterVdso(object) }
    return object
  }

  /// Whether a description still means the object that it meant before: its own inode must be open,
  /// not only that of another copy of the same program, and may have been written over.
  private func isStill(_ object: ObjectIndex, _ identity: FileIdentity) -> Bool {
    guard isHeld(object) else { return !held.wants(object) }
    guard case .file(let exact) = objects[object].kind else { return true }
    return inodes.isStill(object, at: FileKey(identity), buildID: exact.buildID)
  }

  private func isHeld(_ object: ObjectIndex) -> Bool {
    if case .held = held.state(of: object) { true } else { false }
  }

  private func hold(
    _ file: OpenFile, for object: ObjectIndex, at key: FileKey, hasInode: Bool = true,
    _ owner: Shares.Owner = own
  ) {
    guard objects[object] != Self.leftOut else { return }
    let isCopy = isHeld(object)
    if !isCopy, held.heldCount < held.limit {
      guard heldShares.take(for: owner) else {
        leftOutCount += 1
        return held.miss(.tooMany, for: object)
      }
      owners[object] = owner
    }
    held.hold(file, for: object)
    guard isHeld(object) else { return }
    inodes.enter(file, of: object, at: key, isCopy: isCopy, hasInode: hasInode)
  }

  /// The index of a file that will be mapped; nil if it has no build id, by which the mapping's file
  /// could be recognized.
  ///
  /// - Parameter path: without symbolic links.
  func expectedObject(at path: String) -> ObjectIndex? {
    guard let file = try? OpenFile(opening: path), ElfImage(file)?.buildID != nil else {
      return nil
    }
    let identity = FileIdentity(
      buildID: nil, deviceMajor: fb_device_major(file.device),
      deviceMinor: fb_device_minor(file.device), inode: file.inode)
    let object = index(of: file, at: path, identity, Self.own)
    hold(file, for: object, at: FileKey(file))
    return object
  }

  /// The index of an open file: that of the file itself, else that of one at the same path with the same
  /// build id and the same bytes, as in many containers.
  private func index(
    of file: OpenFile, at path: String, _ identity: FileIdentity, _ owner: Shares.Owner
  ) -> ObjectIndex {
    // A number of an inode may be used again while the file is not held, but not with a time before.
    var exact = identity
    exact.buildID = ElfImage(file)?.buildID
    exact.generation = file.version()?.changed ?? 0
    let object = MappedObject(path: path, kind: .file(exact))
    if let known = indices[object] { return known }
    let build = MappedObject(
      path: path,
      kind: .file(
        FileIdentity(buildID: exact.buildID, deviceMajor: 0, deviceMinor: 0, inode: 0)))
    let others = alike[build, default: []].reversed().prefix(Self.mostCompared)
    for other in others {
      guard case .held(let candidate) = held.state(of: other) else { continue }
      if comparison.mayStand(candidate, for: file) { return other }
    }
    let new = index(of: object, owner)
    if objects[new] != Self.leftOut { alike[build, default: []].append(new) }
    return new
  }

  private func index(of object: MappedObject, _ owner: @autoclosure () -> Shares.Owner)
    -> ObjectIndex
  {
    if let known = indices[object] { return known }
    // Without a share of its own: there is one for all processes.
    if object != Self.leftOut, !indexShares.take(for: owner()) {
      leftOutCount += 1
      let shared = index(of: Self.leftOut, Self.own)
      held.miss(.tooMany, for: shared)
      return shared
    }
    objects.append(object)
    indices[object] = objects.count - 1
    return objects.count - 1
  }

  /// Stands for all objects of those who have more than their share.
  static let leftOut = MappedObject(
    path: "[left out]",
    kind: .file(FileIdentity(buildID: nil, deviceMajor: 0, deviceMinor: 0, inode: 0)))

  /// How many files with one path and build id are considered, the newest first.
  private static let mostCompared = 64

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
