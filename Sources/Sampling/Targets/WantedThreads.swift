// SPDX-License-Identifier: Apache-2.0

import CShims

/// The part of a filter that needs to know whom a thread belongs to: decided in the kernel for every
/// sample, and here for processes whose mappings may matter.
struct WantedThreads {
  private let threads: [Int32]
  private let users: [UInt32]
  private let names: NamePatterns?
  private let cgroups: [Cgroup]
  /// 0 is version 2.
  var cgroupHierarchy: UInt32 { cgroups.first?.hierarchy ?? 0 }
  private let cpus: [CInt]

  init(_ filter: TargetFilter) throws(SamplingError) {
    var cgroups: [Cgroup] = []
    for path in filter.cgroups { cgroups.append(try Cgroup(path)) }
    guard Set(cgroups.map(\.hierarchy)).count <= 1 else { throw .cgroupsOfSeveralHierarchies }
    self.cgroups = cgroups
    threads = filter.threads
    users = filter.users
    cpus = filter.cpus
    names = filter.names
  }

  /// - Parameter isBoundToCPUs: the event itself sees to it that only the wanted CPUs are sampled.
  func configure(_ config: inout fb_config, isBoundToCPUs: Bool) {
    for (kind, _) in keys where kind != FB_WANTED_CPU || !isBoundToCPUs {
      config.wanted_kinds |= 1 << kind.rawValue
    }
    config.cgroup_hierarchy = cgroupHierarchy
    if let names { config.names = names.compiled }
  }

  func tell(_ map: BPFMap) throws(SamplingError) {
    for (kind, id) in keys {
      try map.update(fb_wanted(kind: kind.rawValue, reserved: 0, id: id), UInt8(1))
    }
  }

  private var keys: [(fb_wanted_kind, UInt64)] {
    threads.map { (FB_WANTED_THREAD, UInt64(UInt32(bitPattern: $0))) }
      + users.map { (FB_WANTED_USER, UInt64($0)) } + cgroups.map { (FB_WANTED_CGROUP, $0.id) }
      + cpus.map { (FB_WANTED_CPU, UInt64($0)) }
  }

  /// Whether a process of this name is wanted, as far as a process as a whole tells. Where only one of
  /// its threads is, the program reports it as a stranger.
  func mayHold(_ pid: Int32, comm: @autoclosure () -> String) -> Bool {
    if let names, !names.matches(comm()) { return false }
    if !users.isEmpty, ProcessUser.effective(of: pid).map(users.contains) != true { return false }
    return cgroups.isEmpty || cgroups.contains { $0.contains(pid) }
  }
}

enum ProcessUser {
  /// Effective user id of a process; nil if it is gone.
  static func effective(of pid: Int32) -> UInt32? {
    // Real, effective, saved, and that of the file system.
    ProcFile.field("Uid", of: "/proc/\(pid)/status").flatMap { ids in
      let ids = ids.split(separator: "\t")
      return ids.count > 1 ? UInt32(ids[1]) : nil
    }
  }
}
