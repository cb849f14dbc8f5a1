// SPDX-License-Identifier: Apache-2.0

import CShims
import System

/// The part of a `TargetFilter` that is about threads and the processes that they belong to. The BPF
/// program applies it to every sample; user space applies it to processes as a whole, to decide
/// whose mappings are followed.
struct ThreadFilter {
  private let threads: [Int32]
  private let users: [UInt32]
  private let names: NamePatterns?
  private let cgroups: [Cgroup]
  private let cpus: [CInt]

  /// Looks up the cgroups.
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

  /// The hierarchy of the cgroups; 0, that of version 2, if there are none.
  var cgroupHierarchy: UInt32 { cgroups.first?.hierarchy ?? 0 }

  /// Sets the fields of the program's configuration that concern the filter.
  ///
  /// - Parameter isBoundToCPUs: the programs run on the CPUs of the filter only.
  func configure(_ config: inout fb_config, isBoundToCPUs: Bool) {
    for (kind, _) in keys where kind != FB_FILTER_CPU || !isBoundToCPUs {
      config.filter_kinds |= 1 << kind.rawValue
    }
    config.cgroup_hierarchy = cgroupHierarchy
    if let names { config.names = names.compiled }
  }

  /// Enters the values of the filter in its BPF map.
  func fill(_ map: BPFMap) throws(SamplingError) {
    for (kind, id) in keys {
      try map.update(fb_filter_key(kind: kind.rawValue, reserved: 0, id: id), UInt8(1))
    }
  }

  private var keys: [(fb_filter_kind, UInt64)] {
    threads.map { (FB_FILTER_THREAD, UInt64(UInt32(bitPattern: $0))) }
      + users.map { (FB_FILTER_USER, UInt64($0)) } + cgroups.map { (FB_FILTER_CGROUP, $0.id) }
      + cpus.map { (FB_FILTER_CPU, UInt64($0)) }
  }

  /// Whether a process may have a thread that matches, judged by its own name, user and cgroup. One
  /// that does not may still have such a thread: the BPF program reports it then.
  func mayMatch(_ pid: Int32, comm: @autoclosure () -> String) -> Bool {
    if let names, !names.matches(comm()) { return false }
    if !users.isEmpty, ProcessUser.effective(of: pid).map(users.contains) != true { return false }
    return cgroups.isEmpty || cgroups.contains { $0.contains(pid) }
  }
}

enum ProcessUser {
  /// Effective user id of a process; nil if it has ended.
  static func effective(of pid: Int32) -> UInt32? {
    // Real, effective, saved, and that of the file system.
    ProcFile.field("Uid", of: "/proc/\(pid)/status").flatMap { ids in
      let ids = ids.split(separator: "\t")
      return ids.count > 1 ? UInt32(ids[1]) : nil
    }
  }
}
