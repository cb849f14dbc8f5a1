// SPDX-License-Identifier: Apache-2.0

import CShims
import System

/// A Linux capability (capabilities(7)) that profiling uses. Raw values are those of
/// `linux/capability.h`.
public enum Capability: Int, CaseIterable, Hashable, Sendable {
  case chown = 0
  case dacOverride = 1
  case dacReadSearch = 2
  case kill = 5
  case setGID = 6
  case setUID = 7
  case setPCap = 8
  case sysPtrace = 19
  case sysAdmin = 21
  case syslog = 34
  case perfmon = 38
  case bpf = 39
  case checkpointRestore = 40

  /// The name that `setcap` and `capsh` know, in capitals: `CAP_BPF`.
  public var name: String {
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

  /// Capabilities without which nothing can be sampled.
  public static let forSampling: [Self] = [.bpf, .perfmon]
  /// Capabilities without which some frames have no names: those of other users' processes, of the
  /// kernel, of deleted files, and of files that only their owner may read.
  public static let forNames: [Self] = [.sysPtrace, .syslog, .checkpointRestore, .dacReadSearch]

  /// Those of `required` that this thread does not have in effect, and that no other capability which it
  /// has replaces.
  public static func missing(of required: [Self]) -> [Self] {
    let effective =
      ProcFile.field("CapEff", of: "/proc/thread-self/status").flatMap { UInt64($0, radix: 16) }
      ?? 0
    return required.filter { one in
      !(one.substitutes + [one]).contains { effective & (1 << $0.rawValue) != 0 }
    }
  }

  /// Capabilities that the kernel accepts in its place.
  private var substitutes: [Self] {
    switch self {
    case .bpf, .perfmon, .checkpointRestore: [.sysAdmin]
    case .dacReadSearch: [.dacOverride]
    default: []
    }
  }

  /// Gives up the capabilities that only the set-up needs, in this thread and those that it will start.
  /// The others open files for names, sample CPUs that come online, end a command, confine workers and
  /// write outputs.
  static func dropAfterSetUp() {
    // Debian's kernel has an additional level, 3, at which CAP_PERFMON does not suffice.
    let opensEvents: Self = (KernelSettings.perfEventParanoid ?? 0) > 2 ? .sysAdmin : .perfmon
    keep([
      opensEvents, .sysPtrace, .syslog, .checkpointRestore, .dacReadSearch, .dacOverride, .chown,
      .kill, .setUID, .setGID, .setPCap,
    ])
  }

  /// Gives up all capabilities except these, in this thread: each thread has its own.
  public static func keep(_ kept: [Self]) {
    fb_keep_capabilities(kept.reduce(0) { $0 | 1 << UInt64($1.rawValue) })
  }
}
