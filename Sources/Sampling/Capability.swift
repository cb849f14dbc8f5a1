// SPDX-License-Identifier: Apache-2.0

import CShims
import System

/// A Linux capability (capabilities(7)) that profiling uses. The raw value is its index in
/// `linux/capability.h`.
package enum Capability: Int, CaseIterable, Hashable, Sendable {
  /// CAP_CHOWN: makes the user who has called sudo the owner of outputs.
  case chown = 0
  /// CAP_DAC_OVERRIDE: reads and writes files whatever their permissions are.
  case dacOverride = 1
  /// CAP_DAC_READ_SEARCH: reads files whatever their permissions are.
  case dacReadSearch = 2
  /// CAP_KILL: sends signals to processes of other users, to end a command.
  case kill = 5
  /// CAP_SETGID: changes group ids, so that workers run as a group without rights.
  case setGID = 6
  /// CAP_SETUID: changes user ids, so that workers run as a user without rights.
  case setUID = 7
  /// CAP_SETPCAP: drops capabilities from the bounding set of workers.
  case setPCap = 8
  /// CAP_SYS_PTRACE: reads the mappings of other users' processes.
  case sysPtrace = 19
  /// CAP_SYS_ADMIN: the kernel accepts it in place of CAP_BPF, CAP_PERFMON and
  /// CAP_CHECKPOINT_RESTORE.
  case sysAdmin = 21
  /// CAP_SYSLOG: reads the kernel's addresses in `/proc/kallsyms`.
  case syslog = 34
  /// CAP_PERFMON: opens perf events.
  case perfmon = 38
  /// CAP_BPF: loads BPF programs.
  case bpf = 39
  /// CAP_CHECKPOINT_RESTORE: opens deleted files through `/proc/PID/map_files`.
  case checkpointRestore = 40

  /// The name in capitals, as `setcap` and `capsh` accept it: `CAP_BPF`.
  package var name: String {
    switch self {
    case .chown: "CAP_CHOWN"
    case .dacOverride: "CAP_DAC_OVERRIDE"
    case .dacReadSearch: "CAP_DAC_READ_SEARCH"
    case .kill: "CAP_KILL"
    case .setGID: "CAP_SETGID"
    case .setUID: "CAP_SETUID"
    case .setPCap: "CAP_SETPCAP"
    case .sysPtrace: "CAP_SYS_PTRACE"
    case .sysAdmin: "CAP_SYS_ADMIN"
    case .syslog: "CAP_SYSLOG"
    case .perfmon: "CAP_PERFMON"
    case .bpf: "CAP_BPF"
    case .checkpointRestore: "CAP_CHECKPOINT_RESTORE"
    }
  }

  /// The capabilities without which this process cannot sample: `.bpf` and `.perfmon`.
  package static let forSampling: [Self] = [.bpf, .perfmon]
  /// The capabilities without which some frames have no names: those of other users' processes, of
  /// the kernel, of deleted files, and of files that only their owner may read.
  package static let forNames: [Self] = [.sysPtrace, .syslog, .checkpointRestore, .dacReadSearch]

  /// The capabilities without which functions of the kernel have no names.
  package static let forKernelNames: [Self] = [.syslog]

  /// Finds the capabilities that the calling thread lacks.
  ///
  /// - Parameter required: The capabilities to check.
  /// - Returns: Those of `required` that are not in effect and that no other capability in effect
  ///   replaces, in the same order; empty if none is missing.
  package static func missing(of required: [Self]) -> [Self] {
    let effective =
      ProcFile.field("CapEff", of: "/proc/thread-self/status").flatMap { UInt64($0, radix: 16) }
      ?? 0
    return required.filter { one in
      !(one.substitutes + [one]).contains { effective & (1 << $0.rawValue) != 0 }
    }
  }

  /// The capabilities that the kernel accepts instead of this one.
  private var substitutes: [Self] {
    switch self {
    case .bpf, .perfmon, .checkpointRestore: [.sysAdmin]
    case .dacReadSearch: [.dacOverride]
    default: []
    }
  }

  /// Gives up the capabilities that only the set-up needs, in this thread and those that it will
  /// start. The others open files for names, sample CPUs that come online, end a command, confine
  /// workers and write outputs.
  ///
  /// - Throws: The error of the system call that failed.
  static func dropAfterSetUp() throws(SystemError) {
    // Debian's kernel has an additional level, 3, at which CAP_PERFMON does not suffice.
    let opensEvents: Self = (KernelSettings.perfEventParanoid ?? 0) > 2 ? .sysAdmin : .perfmon
    try keep([
      opensEvents, .sysPtrace, .syslog, .checkpointRestore, .dacReadSearch, .dacOverride, .chown,
      .kill, .setUID, .setGID, .setPCap,
    ])
  }

  /// Gives up all capabilities but `kept`, in the calling thread and in the threads that it will
  /// start. They cannot be regained.
  ///
  /// - Parameter kept: The capabilities that stay; those of them that the thread lacks are not
  ///   added.
  /// - Throws: The error of the system call that failed: a filter of system calls refuses it.
  package static func keep(_ kept: [Self]) throws(SystemError) {
    guard fb_keep_capabilities(kept.reduce(0) { $0 | 1 << UInt64($1.rawValue) }) == 0 else {
      throw .last("capset")
    }
  }

  /// Whether this process has rights that its user lacks: capabilities, or another user id, that the
  /// program's file has given it.
  package static var areOfFile: Bool { fb_has_rights_of_file() }

  /// Runs `body` with the calling thread's effective rights as the user who started this process
  /// would have them: without the capabilities that the file of the program has given it. For what
  /// the user names and another program could not check, such as the paths of outputs.
  package static func withCallersRights<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let suspended = fb_suspend_capabilities()
    defer { fb_resume_capabilities(suspended) }
    return try body()
  }
}
