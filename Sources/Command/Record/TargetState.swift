// SPDX-License-Identifier: Apache-2.0

import Sampling
import System

/// The state of a target that used no CPU, with the letters of proc(5).
enum TargetState {
  /// A remark such as ` (PID 42 is stopped, state T)`; empty for several targets, or if the process
  /// does not exist any more.
  static func words(of target: Target) -> String {
    guard case .processes(let pids) = target, pids.count == 1, let pid = pids.first,
      let status = ProcessStatus(pid: pid)
    else { return "" }
    if status.threadHasEnded, !status.isZombie {
      return " (the main thread of PID \(pid) has ended, the others wait)"
    }
    switch status.state {
    case UInt8(ascii: "S"): return " (PID \(pid) is asleep, state S)"
    case UInt8(ascii: "D"): return " (PID \(pid) waits in the kernel, state D)"
    case UInt8(ascii: "T"), UInt8(ascii: "t"): return " (PID \(pid) is stopped, state T)"
    case UInt8(ascii: "I"): return " (PID \(pid) is an idle kernel thread, state I)"
    case UInt8(ascii: "Z"): return " (PID \(pid) is a zombie by now)"
    default: return " (PID \(pid) is in state \(Character(UnicodeScalar(status.state))))"
    }
  }
}
