// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A cgroup for one test. When this object is freed its processes are moved to the root cgroup, and it is
/// removed.
final class CgroupFolder {
  let path: String
  private let root: String

  /// Mount points of version 2 and of a hierarchy of version 1, as far as this machine has them.
  static func roots() -> [String] {
    let candidates = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/freezer"]
    return candidates.filter { FileManager.default.fileExists(atPath: $0 + "/cgroup.procs") }
  }

  init(in root: String) throws {
    self.root = root
    path = "\(root)/flameback-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  /// Moves a process into a group below this one.
  func take(_ pid: pid_t, in name: String) throws {
    let folder = path + "/" + name
    if !FileManager.default.fileExists(atPath: folder) {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }
    try "\(pid)".write(toFile: folder + "/cgroup.procs", atomically: false, encoding: .utf8)
  }

  deinit {
    let groups = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for folder in groups.map({ path + "/" + $0 }) + [path] {
      let procs = try? String(contentsOfFile: folder + "/cgroup.procs", encoding: .utf8)
      for pid in procs?.split(separator: "\n") ?? [] {
        try? pid.write(toFile: root + "/cgroup.procs", atomically: false, encoding: .utf8)
      }
      rmdir(folder)
    }
  }
}
