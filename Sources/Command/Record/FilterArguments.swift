// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel
import Sampling

/// The options that choose a part of what runs.
struct FilterArguments: ParsableArguments {
  @Option(
    name: [.customShort("t", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("These threads.", valueName: "tid,…"))
  var tid: [PIDList] = []

  @Option(
    help: ArgumentHelp(
      "Threads, and all threads of processes, with a name like this: *, ? and [a-z] as in a shell.",
      valueName: "name"))
  var comm: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      A cgroup, of version 2 or 1, with all below it: a folder, or a path like \
      system.slice/nginx.service.
      """, valueName: "path"))
  var cgroup: [String] = []

  @Option(
    name: [.customShort("u", allowingJoined: true), .customLong("uid")],
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Processes of these users (effective), by name or number.", valueName: "user,…"))
  var users: [UserList] = []

  @Option(
    name: [.customShort("C", allowingJoined: true), .customLong("cpu")],
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("These CPUs, such as 0-3,5.", valueName: "cpu,…"))
  var cpus: [CPUListArgument] = []

  @Flag(help: "With -p or a command: without the children.")
  var noInherit = false

  func filter() throws(Failure) -> TargetFilter {
    var filter = TargetFilter()
    filter.threads = tid.flatMap(\.pids)
    if !comm.isEmpty {
      guard let names = NamePatterns(comm) else {
        throw .usage(
          "--comm: an empty pattern, or too many: together they have room for 64 characters")
      }
      filter.names = names
    }
    filter.cgroups = cgroup
    filter.users = users.flatMap(\.ids)
    filter.cpus = Array(Set(cpus.flatMap(\.cpus))).sorted()
    return filter
  }
}

/// `-u www-data,1000`
struct UserList: ExpressibleByArgument {
  var ids: [UInt32] = []

  init?(argument: String) {
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      if let id = UInt32(name) {
        ids.append(id)
      } else if !name.isEmpty, let user = getpwnam(String(name)) {
        ids.append(user.pointee.pw_uid)
      } else {
        return nil
      }
    }
  }
}

/// `-C 0-3,5`
struct CPUListArgument: ExpressibleByArgument {
  var cpus: [CInt]

  init?(argument: String) {
    cpus = CPUList.parse(argument) ?? []
    if cpus.isEmpty { return nil }
  }
}
