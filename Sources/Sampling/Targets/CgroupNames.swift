// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// Paths of the cgroups of a hierarchy, by the kernel's numbers.
struct CgroupNames {
  private let mount: CgroupMount?
  private var paths: [UInt64: String] = [:]

  /// Knows those that there are now.
  init(hierarchy: UInt32) {
    mount = CgroupMount.all().first { $0.hierarchy == hierarchy }
    look()
  }

  /// Takes in those that have come since.
  mutating func look() {
    guard let mount else { return }
    look(in: mount.folder, named: mount.root, depth: 0)
  }

  /// One that came and went meanwhile has no name.
  func name(of id: UInt64) -> String { paths[id] ?? "[unknown: id \(id)]" }

  private mutating func look(in folder: String, named name: String, depth: Int) {
    var status = stat()
    // No tree is so deep, unless somebody wants us to run out of stack.
    guard depth < 64, stat(folder, &status) == 0 else { return }
    paths[UInt64(status.st_ino)] = name
    for (below, isFolder) in entries(ofFolder: folder) where isFolder {
      look(
        in: "\(folder)/\(below)", named: name == "/" ? "/\(below)" : "\(name)/\(below)",
        depth: depth + 1)
    }
  }
}
