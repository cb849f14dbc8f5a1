// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Tests that load the BPF program and profile real programs.
///
/// All of them hang below this suite, one after the other: two that profile at once would take CPU
/// from each other, and their statistics with it. They want the release binary and the samples
/// (`make build samples`), and root. Where that is not to be had they are skipped, but never in CI.
@Suite(.serialized, .enabled(if: Privileges.mayLoadBPF || isContinuousIntegration, Privileges.hint))
enum EndToEnd {}

let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] != nil

/// Whether a program can be found in PATH.
func isInstalled(_ program: String) -> Bool {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
  return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
}

enum Privileges {
  static let hint: Comment = "loading a BPF program needs root, or CAP_BPF and CAP_PERFMON"

  /// From the effective capabilities of this process, or another one.
  static let mayLoadBPF = mayLoadBPF(getpid())

  static func mayLoadBPF(_ pid: pid_t) -> Bool {
    let effective = ProcessStatus(pid).bits("CapEff")
    let (systemAdministration, perfmon, bpf) = (21, 38, 39)
    func holds(_ capability: Int) -> Bool { effective >> capability & 1 == 1 }
    return holds(systemAdministration) || (holds(perfmon) && holds(bpf))
  }
}
