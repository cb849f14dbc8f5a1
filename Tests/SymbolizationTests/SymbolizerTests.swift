// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel
import TestSupport
import Testing

@testable import Symbolization

@Suite struct SymbolizerTests {
  let folder: TemporaryFolder
  let program: CompiledProgram
  let functions: [String: CompiledProgram.Symbol]
  /// The addresses are those of calls: one byte before the return addresses.
  let kernelSymbols = KernelSymbols(byAddress: [
    0xffff_ffff_8100_0110: .init(name: "work"), 0xffff_ffff_8100_00ff: .init(name: "entry"),
    0xffff_ffff_c000_000f: .init(name: "f", module: "mod"),
  ])
  /// Address at which the program is mapped.
  let base: UInt64 = 0x5555_0000_0000

  init() throws {
    folder = try TemporaryFolder()
    let source = try folder.file(
      "a.c",
      """
      #include <stdlib.h>
      static inline __attribute__((always_inline)) int inlined(int x) {
        return x * rand();
      }
      __attribute__((noinline)) int leaf(int x) {
        return inlined(x) + 1;
      }
      int main(int argc, char **argv) {
        return leaf(argc);
      }
      """)
    program = try CompiledProgram(folder, "gcc -g -O1 -o @ \(source)")
    functions = Dictionary(
      try program.functions().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func address(_ function: String, _ offset: UInt64 = 0) throws -> UInt64 {
    base + (try #require(functions[function])).address + offset
  }

  func identity() throws -> FileIdentity {
    FileIdentity(
      buildID: try program.image().buildID, deviceMajor: 0, deviceMinor: 0, inode: 0)
  }

  /// A recording of a process that has the program mapped at `base`, and other objects; and of a second
  /// process without mappings.
  func recording(
    _ stacks: [RawStack], _ samples: [RecordedSample]
  ) throws -> Recording {
    let segment = try #require(try program.image().executableSegment())
    let start = base + segment.address - segment.address % 4096
    let objects = [
      MappedObject(path: program.path, kind: .file(try identity())),
      MappedObject(path: "/gone/libgone.so.1", kind: .file(try identity())),
      MappedObject(path: "//anon", kind: .anonymous),
      MappedObject(path: "[vsyscall]", kind: .special),
      MappedObject(path: "[vdso]", kind: .vdso),
    ]
    func mapping(_ start: UInt64, _ object: ObjectIndex, _ offset: UInt64 = 0) -> Mapping {
      Mapping(start: start, end: start + 0x1000, fileOffset: offset, object: object)
    }
    return Recording(
      session: testSession,
      processes: [
        RecordedProcess(
          pid: 1, startTime: 1, comm: "one",
          mappings: [
            Mapping(
              start: start, end: start + 0x1000,
              fileOffset: segment.fileOffset - segment.fileOffset % 4096, object: 0),
            mapping(0x7001_0000_0000, 1, 0x2000), mapping(0x7002_0000_0000, 2),
            mapping(0x7003_0000_0000, 3), mapping(0xf000_0000, 4),
          ]),
        RecordedProcess(pid: 2, startTime: 2, comm: "two"),
      ], objects: objects, stacks: stacks, samples: samples, kernelSymbols: kernelSymbols)
  }

  func held() throws -> HeldObjects {
    let held = HeldObjects(limit: 9)
    held.hold(try program.open(), for: 0)
    held.miss(.exited, for: 1)
    return held
  }

  func sample(
    user: Int? = 0, kernel: Int? = nil, process: Int = 0, isKernelThread: Bool = false,
    count: UInt64 = 1
  ) -> RecordedSample {
    RecordedSample(
      process: process, threadID: 7, comm: "thread", kernelStack: kernel, userStack: user,
      isKernelThread: isKernelThread, values: SampleValues(count))
  }

  func profile(
    _ stacks: [RawStack], _ samples: [RecordedSample], options: Symbolizer.Options = .init()
  ) throws -> Profile {
    var symbolizer = Symbolizer(options: options)
    return symbolizer.profile(of: try recording(stacks, samples), objects: try held())
  }

  func names(_ profile: Profile, sample: Int = 0) -> [String] {
    profile.stacks[profile.samples[sample].stack].frames.map {
      profile.functions[profile.frames[$0].function].name
    }
  }

  @Test func stacksFromTheLeafToTheRoot() throws {
    let leaf = try #require(functions["leaf"])
    let main = try #require(functions["main"])
    // The second is behind the last byte of main, as after a call that does not return.
    let stack = RawStack(
      addresses: [
        base + leaf.address, base + main.address + main.size, try address("_start", 0x21),
      ], reach: .approximate)
    let profile = try profile([stack], [sample(count: 5)])
    #expect(names(profile) == ["leaf", "main", "_start"])
    #expect(profile.totalCount == 5)
    #expect(profile.account.frames.named == 15)
    #expect(profile.account.stacks.approximate == 5)
    #expect(profile.stacks[0].truncation == nil)
    let module = profile.modules[profile.frames[0].module]
    #expect(module.path == program.path)
    #expect(module.buildID == (try program.image().buildID))
    #expect(module.segmentStart <= leaf.address && leaf.address < module.segmentEnd)
    // Addresses as linked; the caller's is moved onto its call.
    let frames = profile.stacks[0].frames.map { profile.frames[$0] }
    #expect(frames[0].address == leaf.address)
    #expect(frames[1].address == main.address + main.size - 1)
  }

  @Test func inlinedFramesAreMarked() throws {
    let leaf = try #require(functions["leaf"])
    let all = (0..<leaf.size).map { RawStack(addresses: [base + leaf.address + $0]) }
    let profile = try profile(all, all.indices.map { sample(user: $0) })
    let chains = Set(all.indices.map { names(profile, sample: $0) })
    #expect(chains == [["leaf"], ["inlined", "leaf"]])
    for frame in profile.frames {
      let function = profile.functions[frame.function]
      #expect(frame.isInlined == (function.name == "inlined"))
      #expect(function.file.hasSuffix("/a.c"))
      #expect(function.startLine == (function.name == "inlined" ? 2 : 5))
      let lines: Set<UInt32> = function.name == "inlined" ? [3] : [5, 6, 7]
      #expect(lines.contains(frame.line))
    }
  }

  @Test func framesWithoutANameHaveTheirModule() throws {
    let stack = RawStack(addresses: [
      0x7001_0000_0123, 0x7002_0000_0005, 0x7003_0000_0005, 0xf000_0011, 0x1234,
    ])
    let profile = try profile([stack], [sample(count: 2)])
    #expect(
      names(profile) == [
        "libgone.so.1+0x2123", "[anonymous]", "[vsyscall]", "[vdso]+0x10", "[unknown]",
      ])
    #expect(profile.account.frames.moduleOnly == 8)
    #expect(profile.account.frames.unknown == 2)
    let kinds = profile.stacks[0].frames.map { profile.modules[profile.frames[$0].module].kind }
    #expect(kinds == [.file, .anonymous, .anonymous, .vdso, .unknown])
    #expect(profile.frames.filter { $0.address != 0 }.count == 2)

    let unnamed = profile.unnamedModules()
    #expect(unnamed.count == 5)
    #expect(unnamed.allSatisfy { $0.samples == 2 })
    let limits = profile.modules.flatMap(\.limits)
    #expect(limits == [.fileExited, .codeUntold])
    #expect(profile.account.frames.limitedModules == [.fileExited: 1, .codeUntold: 1])
  }

  /// Frames of a stripped program: those in one function have one name, and keep their addresses.
  @Test func functionsOfAStrippedProgramAreTheirStarts() throws {
    try run("strip", program.path)
    let leaf = try #require(functions["leaf"])
    let main = try #require(functions["main"])
    let stacks = (0..<leaf.size).map {
      RawStack(addresses: [base + leaf.address + $0, base + main.address + main.size])
    }
    let profile = try profile(stacks, stacks.indices.map { sample(user: $0) })
    let text = { (start: UInt64) in "program+0x\(String(start, radix: 16))()" }
    for index in stacks.indices {
      #expect(names(profile, sample: index) == [text(leaf.address), text(main.address)])
    }
    let leaves = profile.stacks.map { profile.frames[$0.frames[0]] }
    #expect(Set(leaves.map(\.address)) == Set(leaf.address..<leaf.address + leaf.size))
    #expect(Set(leaves.map(\.function)).count == 1)
    #expect(profile.frames.allSatisfy { $0.naming == .moduleOnly })
    #expect(profile.account.frames.moduleOnly == 2 * leaf.size)
    #expect(profile.account.frames.named == 0)
    #expect(profile.account.frames.limitedModules == [.noSymbols: 1])
  }

  /// A stack of two processes: the second process has nothing mapped.
  @Test func aStackMayBelongToSeveralProcesses() throws {
    let stack = RawStack(addresses: [try address("leaf")])
    let profile = try profile([stack], [sample(), sample(process: 1)])
    #expect(names(profile, sample: 0) == ["leaf"])
    #expect(names(profile, sample: 1) == ["[unknown]"])
  }

  @Test func kernelFramesComeFirstAndHaveNoAddress() throws {
    let stacks = [
      RawStack(addresses: [try address("main")]),
      RawStack(addresses: [
        0xffff_ffff_8100_0110, 0xffff_ffff_8100_0100, 0xffff_ffff_c000_0010, 0xffff_ffff_9999_0000,
      ]),
    ]
    let profile = try profile(stacks, [sample(kernel: 1)])
    #expect(names(profile) == ["work", "entry", "f", "[kernel.kallsyms]", "main"])
    for frame in profile.frames {
      let module = profile.modules[frame.module]
      if module.kind == .kernel || module.kind == .kernelModule { #expect(frame.address == 0) }
    }
    #expect(profile.modules.map(\.path).contains("[mod]"))
    #expect(profile.account.frames.moduleOnly == 1)
  }

  @Test func howFarStacksReach() throws {
    let main = try address("main")
    let stacks = [
      RawStack(addresses: [main], reach: .complete),
      RawStack(addresses: [main], reach: .approximate),
      RawStack(addresses: [main], reach: .truncated(.depth)),
      RawStack(addresses: [0xffff_ffff_8100_0000]),
    ]
    let profile = try profile(
      stacks,
      [
        sample(user: 0, count: 3), sample(user: 1, count: 5), sample(user: 2, count: 7),
        sample(user: nil, kernel: 3, isKernelThread: true, count: 11),
      ])
    let account = profile.account.stacks
    #expect(account.complete == 3)
    #expect(account.approximate == 5)
    #expect(account.truncated == [.depth: 7])
    #expect(
      profile.samples.map { profile.stacks[$0.stack].truncation } == [nil, nil, .depth, nil])
    #expect(profile.totalCount == 26)
  }

  @Test func locationsInFilesNeedNoMapping() throws {
    let leaf = try address("leaf") - base
    let frames: [RawFrame] = [
      .place(object: 0, fileOffset: leaf, isInterrupted: true),
      .place(object: 99, fileOffset: leaf, isInterrupted: false),
    ]
    let profile = try profile([RawStack(frames: frames, reach: .complete)], [sample()])
    #expect(names(profile) == ["leaf", "[unknown]"])
  }

  @Test func theSameRecordingGivesTheSameProfile() throws {
    let stacks = [
      RawStack(addresses: [try address("leaf", 3), try address("main", 9)]),
      RawStack(addresses: [0x7001_0000_0123, try address("main", 9), 0x1234]),
    ]
    func once() throws -> Profile { try profile(stacks, [sample(user: 0), sample(user: 1)]) }
    let first = try once()
    for _ in 0..<5 {
      let again = try once()
      #expect(again.frames == first.frames)
      #expect(again.functions == first.functions)
      #expect(again.modules == first.modules)
      #expect(again.stacks == first.stacks)
    }
  }
}
