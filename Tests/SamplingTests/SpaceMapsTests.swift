// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ProfileModel
import System
import Testing

@testable import Sampling

/// When the space of a process is in the BPF maps. Loads a BPF program, so it needs root, and a kernel that
/// can be asked for what is not there.
@Suite(.enabled(if: geteuid() == 0 && KernelSettings.isRecent), .serialized) struct SpaceMapsTests {
  private let pid = ProcessHistory.pid
  private let child = ProcessHistory.child
  private let kernel: Kernel
  private let follower: UnwindingFollower
  private let mapping: Mapping

  /// The loaded BPF program and its maps.
  private final class Kernel {
    let object: BPFObject

    init() throws {
      let plan = SamplingPlan(target: .wholeMachine)
      object = try BPFObject(
        config: plan.config(ThreadFilter(plan.filter), isBoundToCPUs: true),
        sizes: MapSizes(stacks: 16_384, maximumDepth: 128, rows: 1024, ticks: 65_536),
        programs: [ProgramSelection(.sample)], kernelTypes: nil)
    }

    func space(of pid: Int32) throws -> fb_process_space? {
      try object.map(.spaces).value(of: UInt32(bitPattern: pid), zero: fb_process_space())
    }

    /// Whether an address is mapped in the first space.
    func isMapped(_ address: UInt64) throws -> Bool {
      let key = fb_mapping_key(prefix_length: 96, space: 1, address: address.bigEndian)
      return try object.map(.mappings).value(of: key, zero: fb_mapping()) != nil
    }
  }

  init() throws {
    kernel = try Kernel()
    let objects = ObjectTable(limit: 16)
    follower = try UnwindingFollower(
      kernel.object, objects: objects, rowCapacity: 1024, SamplingPlan(target: .wholeMachine))
    let identity = FileIdentity(buildID: nil, deviceMajor: 0, deviceMinor: 0, inode: 0)
    let code = objects.object(
      pid: 1, start: 0x10000, end: 0x12000, path: "", identity: identity, mappedAt: 1)
    mapping = Mapping(start: 0x10000, end: 0x12000, fileOffset: 0, object: code, from: 1)
  }

  private func space(of pid: Int32) throws -> fb_process_space? { try kernel.space(of: pid) }

  private func isMapped() throws -> Bool { try kernel.isMapped(mapping.start) }

  /// A program that starts and maps something.
  private func exec() {
    follower.apply(.started(entry: 0, pid: pid, mappings: []))
    follower.apply(.mapped(entry: 0, pid: pid, MappingChange(removed: [], added: [mapping])))
  }

  @Test func aProgramThatHasJustStartedWaits() throws {
    exec()
    follower.apply(.forked(entry: 1, pid: child, parent: 0, time: monotonicNanoseconds()))
    #expect(try space(of: pid) == nil)
    #expect(try !isMapped())
    let due = try #require(follower.nextPublication)
    follower.publishWaiting(at: due - 1)
    #expect(try space(of: pid) == nil)

    follower.publishWaiting(at: due)
    #expect(follower.nextPublication == nil)
    let own = try #require(try space(of: pid))
    #expect(own.code_pages == 2)
    // A child from before the publication has not got it from the BPF program.
    #expect(try space(of: child)?.space.id == own.space.id)
    #expect(try isMapped())
    follower.apply(.ended(entry: 1))
    follower.apply(.exited(pid: child))
    #expect(try space(of: child) == nil)
    #expect(try isMapped())
    follower.apply(.ended(entry: 0))
    #expect(try !isMapped())
  }

  @Test func aProgramThatEndsBeforeIsNeverEntered() throws {
    exec()
    follower.apply(.ended(entry: 0))
    follower.apply(.exited(pid: pid))
    #expect(follower.nextPublication == nil)
    follower.publishWaiting(at: .max)
    #expect(try space(of: pid) == nil)
    #expect(try !isMapped())
  }

  @Test func whatRunsBeforeSamplingIsEnteredAtOnce() throws {
    follower.apply(.started(entry: 0, pid: pid, mappings: [mapping]))
    #expect(try space(of: pid)?.code_pages == 2)
    #expect(try isMapped())
    // The BPF program has entered it itself: here it has not seen the fork.
    follower.apply(.forked(entry: 1, pid: child, parent: 0, time: monotonicNanoseconds()))
    #expect(try space(of: child) == nil)
  }

  /// A follower whose maps have as few entries as a test says.
  private func follower(_ limits: SpaceLimits) throws -> UnwindingFollower {
    try UnwindingFollower(
      kernel.object, objects: ObjectTable(limit: 16), rowCapacity: 1024,
      SamplingPlan(target: .wholeMachine), limits: limits)
  }

  /// Three pages that begin at an odd page are two entries of the trie.
  private func misaligned(_ index: UInt64) -> Mapping {
    let start = 0x10_1000 + index * 0x10000
    return Mapping(
      start: start, end: start + 0x3000, fileOffset: 0, object: mapping.object, from: 1)
  }

  @Test func aProcessWithManyMappingsLeavesAQuarterOfTheMapToOthers() throws {
    let objects = ObjectTable(limit: 16)
    let identity = FileIdentity(buildID: nil, deviceMajor: 0, deviceMinor: 0, inode: 0)
    _ = objects.object(
      pid: 1, start: 0, end: 0x1000, path: "", identity: identity, mappedAt: 1)
    let follower = try UnwindingFollower(
      kernel.object, objects: objects, rowCapacity: 1024, SamplingPlan(target: .wholeMachine),
      limits: SpaceLimits(mappings: 32, user: { uid_t($0) }))
    follower.apply(.started(entry: 0, pid: pid, mappings: (0..<20).map(misaligned)))
    #expect(follower.unpublishedCount == 8)
    #expect(try kernel.isMapped(0x10_1000))
    follower.apply(.started(entry: 1, pid: child, mappings: [misaligned(0)]))
    #expect(follower.unpublishedCount == 8)
    // What is unmapped is free again.
    follower.apply(.ended(entry: 0))
    follower.apply(.started(entry: 2, pid: pid, mappings: (0..<11).map(misaligned)))
    #expect(follower.unpublishedCount == 8)
  }

  /// The BPF program enters each child; what a family of processes has beyond its share is removed.
  @Test func manyProcessesLeaveAQuarterOfTheMapToOthers() throws {
    let follower = try follower(SpaceLimits(processes: 16, user: { uid_t($0) }))
    follower.apply(.started(entry: 0, pid: pid, mappings: []))
    follower.publishWaiting(at: .max)
    let entries = try kernel.object.map(.spaces)
    let shared = try #require(try space(of: pid))
    let forkedAt = monotonicNanoseconds()
    for index in 1..<20 {
      try entries.update(UInt32(bitPattern: pid) + 10 + UInt32(index), shared)
      follower.apply(
        .forked(entry: index, pid: pid + 10 + Int32(index), parent: 0, time: forkedAt))
    }
    #expect(try (1..<20).count { try space(of: pid + 10 + Int32($0)) != nil } == 11)
    follower.apply(.started(entry: 30, pid: child, mappings: []))
    follower.publishWaiting(at: .max)
    #expect(try space(of: child) != nil)
  }
}
