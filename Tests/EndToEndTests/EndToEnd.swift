// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Tests that load the BPF program and profile real programs.
///
/// All of them are in this suite, one after the other: two at once would take CPU time from each other.
/// They need the release binary and the samples (`make build samples`), and root. Without root they are
/// skipped, but never in CI.
@Suite(.serialized, .enabled(if: Privileges.mayLoadBPF || isContinuousIntegration, Privileges.hint))
enum EndToEnd {}

let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] != nil

enum Privileges {
  static let hint: Comment = "loading a BPF program needs root, or CAP_BPF and CAP_PERFMON"

  /// Whether this process, or another one, may load BPF programs, by its effective capabilities.
  static let mayLoadBPF = mayLoadBPF(getpid())

  static func mayLoadBPF(_ pid: pid_t) -> Bool {
    let effective = ProcessStatus(pid).bits("CapEff")
    let (systemAdministration, perfmon, bpf) = (21, 38, 39)
    func holds(_ capability: Int) -> Bool { effective >> capability & 1 == 1 }
    return holds(systemAdministration) || (holds(perfmon) && holds(bpf))
  }
}
