// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// A control group of the unified hierarchy (version 2) or of one of version 1 (cgroups(7)).
struct Cgroup: Hashable {
  /// The id of the hierarchy in `/proc/self/cgroup`; 0 is version 2.
  var hierarchy: UInt32
  /// The kernel's id of the group, which is the inode of its folder.
  var id: UInt64
  /// The path that `/proc/PID/cgroup` shows to this process.
  var path: String

  /// - Parameter path: a folder of a cgroup file system; or a path below the root of version 2, as
  ///   systemd and `/proc/PID/cgroup` write it; or one below `/sys/fs/cgroup`.
  init(_ path: String) throws(SamplingError) {
    let mounts = CgroupMount.all()
    let roots = mounts.filter { $0.hierarchy == 0 }.map(\.folder) + ["/sys/fs/cgroup"]
    for candidate in (path.hasPrefix("/") ? [path] : []) + roots.map({ "\($0)/\(path)" }) {
      if let found = Self.folder(candidate, mounts) {
        self = found
        return
      }
    }
    throw .noSuchCgroup(path)
  }

  private init(hierarchy: UInt32, id: UInt64, path: String) {
    self.hierarchy = hierarchy
    self.id = id
    self.path = path
  }

  /// The group of a folder; nil if that is not in a cgroup file system.
  private static func folder(_ path: String, _ mounts: [CgroupMount]) -> Self? {
    guard let path = realPath(path) else { return nil }
    var status = stat()
    // The innermost mount is visible there, and of several on one folder the last.
    let mount = mounts.filter { isBelow(path, $0.folder) }
      .max { $0.folder.utf8.count <= $1.folder.utf8.count }
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let mount,
      let hierarchy = mount.hierarchy
    else { return nil }
    let below = mount.folder == "/" ? path : String(path.dropFirst(mount.folder.count))
    let root = mount.root == "/" ? "" : mount.root
    return Self(
      hierarchy: hierarchy, id: UInt64(status.st_ino), path: root + below == "" ? "/" : root + below
    )
  }

  /// Whether a process is in this group or in one below it.
  ///
  /// - Parameter pid: its id. In version 1 a thread that has ended is in the root group, so that a
  ///   process without its main thread is judged by another one.
  func contains(_ pid: Int32) -> Bool {
    let file = "/proc/\(pid)/task/\(ProcessThreads.living(of: pid))/cgroup"
    guard let bytes = ProcFile.read(file, limit: 1 << 16) else { return false }
    return CgroupMount.memberships(bytes).contains { line in
      line.hierarchy == hierarchy && isBelow(line.path, path)
    }
  }
}

/// Whether a path is that of a folder, or below it.
func isBelow(_ path: String, _ folder: String) -> Bool {
  folder == "/" || path == folder || path.hasPrefix(folder + "/")
}

/// A mounted file system, which shows a hierarchy of cgroups if it is of such a type.
struct CgroupMount: Hashable {
  /// The id of the hierarchy; nil for any other file system.
  var hierarchy: UInt32?
  /// Where it is mounted.
  var folder: String
  /// The path of the cgroup that `folder` shows.
  var root: String

  /// The mounts that this process sees.
  static func all() -> [Self] {
    mounts(
      ProcFile.read("/proc/self/mountinfo") ?? [],
      memberships: memberships(ProcFile.read("/proc/self/cgroup") ?? []))
  }

  /// A line of `/proc/PID/cgroup`: `HIERARCHY:CONTROLLERS:PATH` (cgroups(7)).
  struct Membership: Hashable {
    var hierarchy: UInt32
    var controllers: Set<Substring>
    var path: String
  }

  /// Parses `/proc/PID/cgroup`. Malformed lines are left out.
  static func memberships(_ bytes: [UInt8]) -> [Membership] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, let hierarchy = UInt32(fields[0]) else { return nil }
      return Membership(
        hierarchy: hierarchy, controllers: Set(fields[1].split(separator: ",")),
        path: String(fields[2]))
    }
  }

  /// Parses `/proc/PID/mountinfo` (proc(5)), lines of `ID PARENT MAJOR:MINOR ROOT FOLDER OPTIONS … -
  /// TYPE SOURCE SUPER_OPTIONS`. Version 1 names the controllers in its super options. Malformed lines
  /// are left out.
  static func mounts(_ bytes: [UInt8], memberships: [Membership]) -> [Self] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line -> Self? in
      guard let separator = line.firstRange(of: " - ") else { return nil }
      let mount = line[..<separator.lowerBound].split(separator: " ")
      let system = line[separator.upperBound...].split(separator: " ")
      guard mount.count > 4, system.count > 2 else { return nil }
      return Self(
        hierarchy: hierarchy(system[0], options: system[2], memberships),
        folder: unescaped(mount[4]), root: unescaped(mount[3]))
    }
  }

  /// A path without escapes: blanks, tabs, newlines and backslashes are written in octal, as `\040`.
  private static func unescaped(_ text: Substring) -> String {
    let parts = text.split(separator: "\\", omittingEmptySubsequences: false)
    let bytes = parts.dropFirst().reduce(into: Array(parts[0].utf8)) { bytes, part in
      if let byte = UInt8(part.prefix(3), radix: 8) { bytes.append(byte) }
      bytes += part.dropFirst(3).utf8
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hierarchy(
    _ type: Substring, options: Substring, _ memberships: [Membership]
  ) -> UInt32? {
    switch type {
    case "cgroup2": return 0
    case "cgroup":
      let options = Set(options.split(separator: ","))
      return memberships.first {
        $0.hierarchy != 0 && !$0.controllers.isEmpty && $0.controllers.isSubset(of: options)
      }?.hierarchy
    default: return nil
    }
  }
}
