// SPDX-License-Identifier: Apache-2.0

/// A filter of the threads of a target. A thread passes if it matches each field that is not empty;
/// it matches a field if it matches one of the field's values.
package struct TargetFilter: Hashable, Sendable {
  /// The thread ids of the threads that pass, in the pid namespace of this process; empty lets all
  /// threads pass.
  package var threads: [Int32] = []
  /// The patterns, one of which the name of the thread or of its process must match; nil lets all
  /// names pass.
  package var names: NamePatterns?
  /// The cgroups whose threads pass, with the groups below them: absolute paths of folders of a
  /// cgroup file system, or paths below its root. Empty lets the threads of all cgroups pass.
  package var cgroups: [String] = []
  /// The user ids of which a thread must have one as its effective user id; empty lets the threads
  /// of all users pass.
  package var users: [UInt32] = []
  /// The ids, from 0, of the CPUs on which samples are taken; empty means all CPUs.
  package var cpus: [CInt] = []

  /// Creates an empty filter, which lets all threads pass.
  package init() {}

  /// Whether it may match some processes and not others.
  var choosesProcesses: Bool { choosesFew || !users.isEmpty }

  /// Whether it is expected to match a small part of a machine.
  var choosesFew: Bool { !threads.isEmpty || names != nil || !cgroups.isEmpty }

  /// The filter as text: `thread 12, user 33, CPU 0`; empty if it matches all.
  var description: String {
    var parts: [String] = []
    func add(_ name: String, _ values: [String]) {
      guard !values.isEmpty else { return }
      parts.append("\(name)\(values.count > 1 ? "s" : "") \(values.joined(separator: ", "))")
    }
    add("thread", threads.map(String.init))
    add("name", names?.texts ?? [])
    add("cgroup", cgroups)
    add("user", users.map(String.init))
    add("CPU", cpus.map(String.init))
    return parts.joined(separator: ", ")
  }
}
