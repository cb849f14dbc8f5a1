// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// The records of all CPUs, in the order of time.
struct SideBand: ~Copyable {
  /// A record may appear in its ring this much after the time it carries, in nanoseconds: between
  /// the two the kernel cannot be preempted, though a virtual machine's CPU can. Short, since until
  /// a new program's mappings are told its stacks are cut.
  private static let settling: UInt64 = 150_000

  private var rings: [Ring] = []
  private var pending: [SideBandRecord] = []

  /// Noncopyable values cannot be held in an array.
  private final class Ring {
    let cpu: CInt
    let ring: SideBandRing

    init(_ cpu: CInt) throws(SystemError) {
      self.cpu = cpu
      ring = try SideBandRing(cpu: cpu)
    }
  }

  /// Listens on these CPUs.
  init(cpus: [CInt]) throws(SamplingError) { try follow(cpus) }

  /// Listens on these CPUs, and on no others any more. One that went offline a moment ago is left out.
  mutating func follow(_ cpus: [CInt]) throws(SamplingError) {
    for ring in rings where !cpus.contains(ring.cpu) { ring.ring.drain(into: &pending) }
    rings.removeAll { !cpus.contains($0.cpu) }
    for cpu in cpus where !rings.contains(where: { $0.cpu == cpu }) {
      do throws(SystemError) {
        rings.append(try Ring(cpu))
      } catch {
        if error.code != ENODEV { throw .ofStep(error, feature: .perfEvents) }
      }
    }
  }

  /// To be polled for reading.
  var descriptors: [CInt] { rings.map { $0.ring.descriptor } }

  /// Whether records wait for later ones of other CPUs that may belong in front of them.
  var hasPending: Bool { !pending.isEmpty }

  /// All records whose place in the order is certain; with `everything`, the youngest too.
  mutating func take(everything: Bool = false) -> [SideBandRecord] {
    let settled = monotonicNanoseconds() - Self.settling
    let known = pending.count
    for ring in rings { ring.ring.drain(into: &pending) }
    if pending.count > known { pending.sort { $0.time < $1.time } }
    let count = everything ? pending.count : pending.prefix { $0.time < settled }.count
    defer { pending.removeFirst(count) }
    return Array(pending.prefix(count))
  }
}
