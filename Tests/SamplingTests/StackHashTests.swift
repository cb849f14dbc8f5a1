// SPDX-License-Identifier: Apache-2.0

import CShims
import Testing

@testable import Sampling

/// The ids of stacks are not to be known before a run. See `bpf/layout/stack_hash.h`.
@Suite struct StackHashTests {
  /// Secrets by which a frame is multiplied by 1, so that the hash is easily undone.
  private static let secrets = fb_hash_secrets(
    lower: 1, upper: 1 << 32, chain: 0x9e37_79b9_7f4a_7c15)
  private static let others = fb_hash_secrets(
    lower: 0x5851_f42d_4c95_7f2d, upper: 0x1405_7b7e_f767_814f, chain: 0xd6e8_feb8_6659_fd93)

  private static func hash(_ frames: [UInt64], _ secrets: fb_hash_secrets) -> UInt64 {
    withUnsafePointer(to: secrets) { secrets in
      frames.reduce(0) { fb_hash_frame($0, $1, secrets) }
    }
  }

  /// Stacks made for one secret, by undoing the hash, are apart in another run.
  @Test func stacksMadeForOneSecretAreApartWithAnother() {
    let victim: [UInt64] = [0x7f00_0000_1000, 0x7f00_0000_2000, 0x55d0_0000_3000]
    let id = Self.hash(victim, Self.secrets)
    var made: [[UInt64]] = [victim]
    for first in UInt64(1)...4 {
      made.append([first << 12, 0x4000] + [Self.frame(from: [first << 12, 0x4000], to: id)])
    }
    // All have the victim's id with the secrets that they were made for.
    #expect(Set(made.map { Self.hash($0, Self.secrets) }) == [id])
    #expect(Set(made.map { Self.hash($0, Self.others) }).count == made.count)
  }

  /// A difference in the highest bit stays one whatever a frame is multiplied by as a whole, so that the
  /// next frame could cancel it.
  @Test func theHighestBitIsNotCancelled() {
    let frames: [UInt64] = [0x7f00_0000_1000, 0x7f00_0000_2000]
    let other = frames[0] ^ 1 << 63
    let difference = Self.hash([frames[0]], Self.secrets) &- Self.hash([other], Self.secrets)
    // Bits 63 and 31 alone: what differs is known but for a sign.
    #expect([1 << 63 &+ 1 << 31, 1 << 63 &- 1 << 31].contains(difference))
    let cancelling = [other, frames[1] &+ difference]
    #expect(Self.hash(cancelling, Self.secrets) == Self.hash(frames, Self.secrets))
    #expect(Self.hash(cancelling, Self.others) != Self.hash(frames, Self.others))
  }

  @Test func eachRunHasSecretsOfItsOwn() throws {
    let plan = SamplingPlan(target: .wholeMachine)
    let configs = try (0..<2).map { _ in
      try plan.config(ThreadFilter(plan.filter), isBoundToCPUs: false).hash_secrets
    }
    #expect(configs[0].lower != configs[1].lower)
    #expect(configs[0].upper != configs[1].upper)
    #expect(configs[0].chain != configs[1].chain)
    #expect(configs.allSatisfy { $0.chain & 1 == 1 })
  }

  /// The frame behind others by which a stack gets an id with `secrets`: the hash undone.
  private static func frame(from frames: [UInt64], to id: UInt64) -> UInt64 {
    // The shift by half of the bits is its own inverse.
    let multiplied = id ^ id >> 32
    var inverse: UInt64 = 1
    for _ in 0..<6 { inverse = inverse &* (2 &- secrets.chain &* inverse) }
    return multiplied &* inverse &- hash(frames, secrets)
  }
}
