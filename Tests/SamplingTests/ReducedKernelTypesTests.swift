// SPDX-License-Identifier: Apache-2.0

import BPFProgram
import CLibbpf
import CShims
import Glibc
import ProfileModel
import Testing

@testable import Sampling

/// The types of the kernel that runs, as the BPF program gets them.
@Suite(.enabled(if: KernelSettings.hasTypeInformation), .serialized)
struct ReducedKernelTypesTests {
  /// What the program reads is where the whole BTF has it.
  @Test(arguments: ["task_struct", "mm_struct", "vm_area_struct", "file", "inode", "cgroup"])
  func membersAreWhereTheyWere(name: String) throws {
    let file = try #require(ReducedKernelTypes(for: EmbeddedObject.bytes()))
    let reduced = try #require(withExtendedLifetime(file) { ReadTypes(path: file.path) })
    let whole = try #require(ReadTypes(path: KernelTypeBytes.path))
    #expect(reduced.size(of: name) == whole.size(of: name))
    let expected = whole.members(of: name)
    #expect(!expected.isEmpty)
    #expect(reduced.members(of: name).map(\.name) == expected.map(\.name))
    #expect(reduced.members(of: name).map(\.offset) == expected.map(\.offset))
    #expect(reduced.members(of: name).map(\.size) == expected.map(\.size))
    #expect(reduced.values(of: "maple_type") == whole.values(of: "maple_type"))
    #expect(reduced.count < whole.count / 20)
  }

  /// With the whole BTF, libbpf makes the very same programs. Loads them, so it needs root.
  @Test(.enabled(if: geteuid() == 0)) func programsAreTheSame() throws {
    let reduced = try Self.tags(kernelTypes: nil)
    let whole = try Self.tags(kernelTypes: KernelTypeBytes.path)
    #expect(reduced.count == ProgramName.followers.count + 1)
    #expect(reduced == whole)
  }

  /// An object that has no types of its own is loaded with the whole BTF.
  @Test func withoutNamesThereIsNoReduction() {
    #expect(ReducedKernelTypes(for: []) === nil)
  }

  /// The kernel's hashes of the instructions of programs.
  private static func tags(kernelTypes: String?) throws -> [ProgramName: [UInt8]] {
    let plan = SamplingPlan(target: .wholeMachine)
    let object = try BPFObject(
      config: plan.config(ThreadFilter(plan.filter), isBoundToCPUs: true),
      sizes: MapSizes(stacks: 16_384, maximumDepth: 128, rows: 1, ticks: 65_536),
      programs: [ProgramSelection(.sample)], kernelTypes: kernelTypes)
    var tags = [ProgramName.sample: try tag(of: object.descriptor(of: .sample))]
    for (name, link) in zip(ProgramName.followers, object.links) {
      var info = bpf_link_info()
      var size = UInt32(MemoryLayout<bpf_link_info>.size)
      try #require(bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) == 0)
      let program = bpf_prog_get_fd_by_id(info.prog_id)
      try #require(program >= 0)
      defer { close(program) }
      tags[name] = try tag(of: program)
    }
    return tags
  }

  private static func tag(of program: CInt) throws -> [UInt8] {
    var info = bpf_prog_info()
    var size = UInt32(MemoryLayout<bpf_prog_info>.size)
    try #require(bpf_obj_get_info_by_fd(program, &info, &size) == 0)
    return withUnsafeBytes(of: info.tag) { Array($0) }
  }
}
