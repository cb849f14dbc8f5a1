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

  /// From the effective capabilities of this process.
  static let mayLoadBPF: Bool = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let digits = line?.split(separator: "\t").last ?? "0"
    let effective = UInt64(digits, radix: 16) ?? 0
    let (systemAdministration, perfmon, bpf) = (21, 38, 39)
    func holds(_ capability: Int) -> Bool { effective >> capability & 1 == 1 }
    return holds(systemAdministration) || (holds(perfmon) && holds(bpf))
  }()
}
