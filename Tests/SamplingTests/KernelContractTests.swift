// SPDX-License-Identifier: Apache-2.0

import BPFProgram
import CLibbpf
import CShims
import ProfileModel
import Testing

@testable import Sampling

/// What the BPF program and Swift have to agree on.
@Suite struct KernelContractTests {
  /// The object file, opened and not loaded: that needs no privilege.
  private final class OpenedObject {
    let object: OpaquePointer

    init() throws {
      let bytes = EmbeddedObject.bytes()
      object = try #require(
        bytes.withUnsafeBytes { bpf_object__open_mem($0.baseAddress, $0.count, nil) })
    }

    deinit { bpf_object__close(object) }

    var maps: [OpaquePointer] { all { bpf_object__next_map(object, $0) } }

    var programs: [String] {
      all { bpf_object__next_program(object, $0) }.map { String(cString: bpf_program__name($0)) }
    }

    private func all(_ next: (OpaquePointer?) -> OpaquePointer?) -> [OpaquePointer] {
      var parts: [OpaquePointer] = []
      while let part = next(parts.last) { parts.append(part) }
      return parts
    }
  }

  @Test func everyMapHasAName() throws {
    let object = try OpenedObject()
    let maps = object.maps.filter { !bpf_map__is_internal($0) }
      .map { String(cString: bpf_map__name($0)) }
    let sections: [MapName] = [.configuration, .shared]
    let named = MapName.allCases.filter { !sections.contains($0) }.map(\.rawValue)
    #expect(maps.sorted() == named.sorted())
    for section in sections {
      #expect(bpf_object__find_map_by_name(object.object, section.rawValue) != nil)
    }
  }

  @Test func everyProgramHasAName() throws {
    #expect(
      try OpenedObject().programs.sorted() == ProgramName.allCases.map(\.rawValue).sorted())
  }

  /// The sections hold one variable each, which user space reads and writes whole.
  @Test(arguments: [
    (MapName.configuration, MemoryLayout<fb_config>.size),
    (MapName.shared, MemoryLayout<fb_shared>.size),
  ]) func aSectionIsOneVariable(section: MapName, size: Int) throws {
    let object = try OpenedObject()
    let map = try #require(bpf_object__find_map_by_name(object.object, section.rawValue))
    #expect(Int(bpf_map__value_size(map)) == size)
  }

  /// Reasons that only user space can give.
  private static let ofUserSpace: Set<LossReason> = [
    .ringBufferFull, .decodeError, .shutdownRace,
  ]

  @Test func everyLossHasAReason() {
    let keys = (0..<UInt32(FB_LOSS_REASONS)).map { String(cString: fb_loss_key($0)) }
    #expect(LossReason.ofProgram.map(\.rawValue) == keys)
    #expect(Set(LossReason.ofProgram) == Set(LossReason.allCases).subtracting(Self.ofUserSpace))
    #expect(fb_loss_key(UInt32(FB_LOSS_REASONS)) == nil)
  }

  @Test func everyTruncationHasAReason() {
    let truncations = FB_REACH_DEPTH.rawValue..<UInt32(FB_REACH_COUNT)
    let keys = truncations.map { String(cString: fb_reach_key($0)) }
    #expect(Truncation.byReach.compactMap { $0?.rawValue } == keys)
    #expect(Set(keys) == Set(Truncation.allCases.map(\.rawValue)))
    #expect(fb_reach_key(UInt32(FB_REACH_COUNT)) == nil)
  }

  @Test func reachOfAStack() {
    func reach(_ reach: fb_reach) -> StackReach? {
      StackReach(stackFlags: fb_stack_flags(0, reach.rawValue, 1))
    }
    #expect(StackReach(stackFlags: fb_stack_flags(1, FB_REACH_NONE.rawValue, 0)) == nil)
    #expect(reach(FB_REACH_COMPLETE) == .complete)
    #expect(reach(FB_REACH_APPROXIMATE) == .approximate)
    #expect(reach(FB_REACH_DEPTH) == .truncated(.depth))
    #expect(reach(FB_REACH_INTERNAL) == .truncated(.internal))
    // None that the program sets.
    #expect(StackReach(stackFlags: 0xff00) == .truncated(.internal))
  }

  @Test(
    arguments: [
      (0, 0, false), (1, 0x1234, true), (Int(FB_FRAME_OBJECTS) - 1, (1 << 40) - 1, true),
      (Int(FB_FRAME_OBJECTS) - 1, 0, false),
    ] as [(Int, UInt64, Bool)])
  func locations(object: Int, fileOffset: UInt64, isInterrupted: Bool) {
    let word = fb_location_frame(UInt32(object), fileOffset, isInterrupted ? 1 : 0)
    #expect(
      RawFrame(word: word)
        == .place(object: object, fileOffset: fileOffset, isInterrupted: isInterrupted))
  }

  /// The largest user address, with five levels of page tables.
  @Test(arguments: [0, 0x40_1000, (1 << 57) - 1] as [UInt64])
  func addresses(address: UInt64) {
    #expect(RawFrame(word: address) == .address(address))
  }

  @Test func countersAddUp() {
    var one = fb_counters()
    (one.fired, one.idle, one.filtered, one.recorded, one.ns) = (10, 1, 2, 3, 500)
    one.lost.0 = 3
    one.lost.4 = 1
    #expect(one.residual == 0)
    var sum = one
    sum += one
    #expect((sum.fired, sum.untimed, sum.ns) == (20, 0, 1000))
    #expect(sum.losses[.mapFull] == 6 && sum.losses[.hashCollision] == 2)
    #expect(sum.losses[.busy] == 0)
    #expect(sum.totalLost == 8 && sum.residual == 0)
    sum.fired += 1
    #expect(sum.residual == 1)
  }
}
