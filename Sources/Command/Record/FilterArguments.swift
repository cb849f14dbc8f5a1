// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel
import Sampling

/// The options of `record` that filter samples.
struct FilterArguments: ParsableArguments {
  @Option(
    name: [.customShort("t", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Sample these threads.", valueName: "tid,…"))
  var tid: [PIDList] = []

  @Option(
    help: ArgumentHelp(
      """
      Sample threads whose name, or whose process's name, matches this pattern: *, ? and [a-z] as \
      in a shell.
      """, valueName: "name"))
  var comm: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Sample a cgroup, of version 2 or 1, with all cgroups below it: a folder, or a path like \
      system.slice/nginx.service.
      """, valueName: "path"))
  var cgroup: [String] = []

  @Option(
    name: [.customShort("u", allowingJoined: true), .customLong("uid")],
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Sample processes with these effective users, by name or id.", valueName: "user,…"))
  var users: [UserList] = []

  @Option(
    name: [.customShort("C", allowingJoined: true), .customLong("cpu")],
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Sample these CPUs, such as 0-3,5.", valueName: "cpu,…"))
  var cpus: [CPUListArgument] = []

  @Flag(help: "With -p or a command: leave out the child processes.")
  var noInherit = false

  /// The filter that the options describe. Values of one option are alternatives, different options
  /// must all match.
  func filter() throws(Failure) -> TargetFilter {
    var filter = TargetFilter()
    filter.threads = tid.flatMap(\.pids)
    if !comm.isEmpty {
      guard let names = NamePatterns(comm) else {
        throw .usage(
          "--comm: a pattern is empty, or the patterns together exceed 64 characters")
      }
      filter.names = names
    }
    filter.cgroups = cgroup
    filter.users = users.flatMap(\.ids)
    filter.cpus = Array(Set(cpus.flatMap(\.cpus))).sorted()
    return filter
  }
}

/// The argument of `-u`: names or ids of users, such as `www-data,1000`.
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

/// The argument of `-C`: a list of CPUs, such as `0-3,5`.
struct CPUListArgument: ExpressibleByArgument {
  var cpus: [CInt]

  init?(argument: String) {
    cpus = CPUList.parse(argument) ?? []
    if cpus.isEmpty { return nil }
  }
}
