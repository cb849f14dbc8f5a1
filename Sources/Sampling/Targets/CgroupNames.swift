// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// The paths of a hierarchy's cgroups, by the kernel's ids.
struct CgroupNames {
  private let mount: CgroupMount?
  private var paths: [UInt64: String] = [:]

  /// Scans the hierarchy.
  init(hierarchy: UInt32) {
    mount = CgroupMount.all().first { $0.hierarchy == hierarchy }
    scan()
  }

  /// Adds the cgroups that were made since the last scan.
  mutating func scan() {
    guard let mount else { return }
    scan(mount.folder, named: mount.root, depth: 0)
  }

  /// The path of a cgroup, or `[unknown: id N]` if it was made and removed between two scans.
  func name(of id: UInt64) -> String { paths[id] ?? "[unknown: id \(id)]" }

  private mutating func scan(_ folder: String, named name: String, depth: Int) {
    var status = stat()
    // The limit bounds the recursion: a user may make a tree of any depth.
    guard depth < 64, stat(folder, &status) == 0 else { return }
    paths[UInt64(status.st_ino)] = name
    for (below, isFolder) in entries(ofFolder: folder) where isFolder {
      scan(
        "\(folder)/\(below)", named: name == "/" ? "/\(below)" : "\(name)/\(below)",
        depth: depth + 1)
    }
  }
}
