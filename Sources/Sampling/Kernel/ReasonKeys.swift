// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

// The reasons that `bpf/layout/` lists. Their keys there are raw values here, which a test compares.

extension LossReason {
  /// The reasons of the program, by `enum fb_loss`.
  static let ofProgram: [LossReason] = (0..<UInt32(FB_LOSS_REASONS)).map { loss in
    fb_loss_key(loss).flatMap { LossReason(rawValue: String(cString: $0)) } ?? .decodeError
  }
}

extension Truncation {
  /// The reasons of the program, by `enum fb_reach`; nil where a stack is not truncated.
  static let byReach: [Truncation?] = (0..<UInt32(FB_REACH_COUNT)).map { reach in
    reach < FB_REACH_DEPTH.rawValue
      ? nil : fb_reach_key(reach).flatMap { Truncation(rawValue: String(cString: $0)) } ?? .internal
  }
}

extension StackReach {
  /// - Parameter flags: those of an `fb_stack`. Nil for a kernel stack.
  init?(stackFlags flags: UInt16) {
    let reach = fb_stack_reach(flags)
    switch fb_reach(reach) {
    case FB_REACH_NONE: return nil
    case FB_REACH_COMPLETE: self = .complete
    case FB_REACH_APPROXIMATE: self = .approximate
    default:
      let known = Truncation.byReach.indices.contains(Int(reach))
      self = .truncated(known ? Truncation.byReach[Int(reach)] ?? .internal : .internal)
    }
  }
}
