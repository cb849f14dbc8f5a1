// SPDX-License-Identifier: Apache-2.0

/// A part of root's power that sampling needs, numbered as in `linux/capability.h`.
public enum Capability: Int, Hashable, Sendable {
  case sysAdmin = 21
  case perfmon = 38
  case bpf = 39

  /// As `setcap` and `capsh` spell it.
  public var name: String {
    switch self {
    case .sysAdmin: "CAP_SYS_ADMIN"
    case .perfmon: "CAP_PERFMON"
    case .bpf: "CAP_BPF"
    }
  }

  /// Those of `wanted` that this process does not have in effect. CAP_SYS_ADMIN stands in for both
  /// others, as in the kernel.
  static func missing(of wanted: [Capability]) -> [Capability] {
    let effective = effectiveSet()
    func has(_ capability: Capability) -> Bool { effective & (1 << capability.rawValue) != 0 }
    return has(.sysAdmin) ? [] : wanted.filter { !has($0) }
  }

  private static func effectiveSet() -> UInt64 {
    ProcFile.field("CapEff", of: "/proc/self/status").flatMap { UInt64($0, radix: 16) } ?? 0
  }
}
