// SPDX-License-Identifier: Apache-2.0

import CShims
import System

/// A part of root's power that profiling makes use of, numbered as in `linux/capability.h`.
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

  /// As `setcap` and `capsh` spell it, in capitals.
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

  /// Without these nothing is sampled.
  public static let forSampling: [Self] = [.bpf, .perfmon]
  /// Without these there are fewer names: of other users' processes, of the kernel, of deleted files,
  /// of files that only their owners may read.
  public static let forNames: [Self] = [.sysPtrace, .syslog, .checkpointRestore, .dacReadSearch]

  /// Those of `wanted` that this thread does not have in effect, nor one that stands in for them.
  public static func missing(of wanted: [Self]) -> [Self] {
    let effective =
      ProcFile.field("CapEff", of: "/proc/thread-self/status").flatMap { UInt64($0, radix: 16) }
      ?? 0
    return wanted.filter { one in
      !(one.substitutes + [one]).contains { effective & (1 << $0.rawValue) != 0 }
    }
  }

  /// Capabilities that the kernel takes in its place.
  private var substitutes: [Self] {
    switch self {
    case .bpf, .perfmon, .checkpointRestore: [.sysAdmin]
    case .dacReadSearch: [.dacOverride]
    default: []
    }
  }

  /// Gives up all that is of no use once samples are being taken, in this thread and those that it will
  /// start: what is left opens files for names, follows CPUs, ends a command, confines workers, and
  /// writes outputs.
  static func dropAfterSetUp() {
    // Debian's kernel has a level above those of others, where CAP_PERFMON opens no event.
    let opensEvents: Self = (KernelSettings.perfEventParanoid ?? 0) > 2 ? .sysAdmin : .perfmon
    keep([
      opensEvents, .sysPtrace, .syslog, .checkpointRestore, .dacReadSearch, .dacOverride, .chown,
      .kill, .setUID, .setGID, .setPCap,
    ])
  }

  /// Gives up all others, as far as this thread goes: capabilities are a thread's own.
  public static func keep(_ kept: [Self]) {
    fb_keep_capabilities(kept.reduce(0) { $0 | 1 << UInt64($1.rawValue) })
  }
}
