// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel
import TestSupport
import Testing

@testable import Symbolization

/// A namer for frames that are not addresses, as those of scripts: bit 62 is set, and the low 32 bits
/// are the index of a name. This type and its line in the list are all that a further namer takes.
private struct ScriptNamer: Namer {
  let functions: [String]

  func accepts(_ location: Location) -> Bool {
    if case .word(let word, _) = location { word & 1 << 62 != 0 } else { false }
  }

  mutating func frames(
    at locations: [Location], in _: NamingContext, _ names: inout NameTable
  ) -> [[Int]] {
    let module = names.index(of: Module(kind: .anonymous, path: "[script]"))
    return locations.map { location in
      guard case .word(let word, _) = location else { return [] }
      let name = functions[Int(UInt32(truncatingIfNeeded: word))]
      let function = names.index(of: Function(name: name, file: "work.script"))
      return [names.index(of: Frame(function: function, module: module, address: 0, line: 7))]
    }
  }
}

/// Counts what it is asked for before the namer behind it.
private struct CountingNamer: Namer {
  final class Batches {
    var sizes: [Int] = []
  }

  let batches = Batches()
  var namer: any Namer

  func accepts(_ location: Location) -> Bool { namer.accepts(location) }

  mutating func frames(
    at locations: [Location], in context: NamingContext, _ names: inout NameTable
  ) -> [[Int]] {
    batches.sizes.append(locations.count)
    return namer.frames(at: locations, in: context, &names)
  }
}

@Suite struct NamerTests {
  let base: UInt64 = 0x5555_0000_0000

  func recording(_ stacks: [RawStack], objects: [MappedObject] = []) -> Recording {
    Recording(
      session: testSession,
      processes: [
        RecordedProcess(
          pid: 0, startTime: 1, comm: "one",
          mappings: objects.indices.map {
            Mapping(start: base, end: base + 0x100_0000, fileOffset: 0, object: $0)
          })
      ], objects: objects, stacks: stacks,
      samples: stacks.indices.map {
        RecordedSample(
          process: 0, threadID: 7, comm: "one", kernelStack: nil, userStack: $0, values: [1])
      })
  }

  func names(_ profile: Profile) -> [[String]] {
    profile.samples.map { sample in
      profile.stacks[sample.stack].frames.map {
        profile.functions[profile.frames[$0].function].name
      }
    }
  }

  @Test func aFurtherNamerIsOneMoreElementOfTheList() throws {
    let options = Symbolizer.Options()
    var symbolizer = Symbolizer(
      options: options,
      namers: [ScriptNamer(functions: ["load", "main"])] + Symbolizer.namers(options))
    let script: UInt64 = 1 << 62
    let stacks = [
      RawStack(addresses: [0x1234, script, 0x1234, script | 1], reach: .complete),
      RawStack(addresses: [script | 1], reach: .complete),
    ]
    let profile = symbolizer.profile(of: recording(stacks), objects: HeldObjects(limit: 1))
    #expect(names(profile) == [["[unknown]", "load", "[unknown]", "main"], ["main"]])
    #expect(profile.account.frames.named == 3)
    #expect(profile.account.frames.unknown == 2)
    #expect(profile.frames.filter { $0.line == 7 }.count == 2)
    #expect(profile.modules.map(\.path) == ["[unknown]", "[script]"])
  }

  /// Without a namer for them, such words have no name.
  @Test func wordsThatNoNamerAcceptsAreUnknown() {
    var symbolizer = Symbolizer()
    let profile = symbolizer.profile(
      of: recording([RawStack(addresses: [1 << 62, .max >> 1])]), objects: HeldObjects(limit: 1))
    #expect(names(profile) == [["[unknown]", "[unknown]"]])
  }

  @Test func aLocationIsAskedForOnce() {
    let options = Symbolizer.Options()
    let counting = CountingNamer(namer: UnmappedNamer())
    var symbolizer = Symbolizer(options: options, namers: [KernelNamer(), counting])
    let stack = RawStack(addresses: [0x1234, 0x5678, 0x1234, 0x5678])
    _ = symbolizer.profile(of: recording([stack, stack]), objects: HeldObjects(limit: 1))
    // The leaf is not moved onto a call.
    #expect(counting.batches.sizes == [3])
  }

  /// A program whose function `other` has another name of the same length.
  func program(_ folder: TemporaryFolder, other: String) throws -> CompiledProgram {
    let source = try folder.file(
      "a.c",
      "int \(other)(int x) { return x * 3; } int main(int c, char **v) { return \(other)(c); }")
    return try CompiledProgram(
      folder, name: other, "gcc -g -O0 -no-pie -Wl,--build-id=none -o @ \(source)")
  }

  /// One recording after the other: a file is only read for offsets that are new; or for all, when
  /// the names were too many to be kept.
  @Test(arguments: [false, true]) func aNamerKeepsTheFramesOfFiles(areTooMany: Bool) throws {
    let folder = try TemporaryFolder()
    let program = try program(folder, other: "other")
    let functions = Dictionary(
      try program.functions().map { ($0.name, $0.address) },
      uniquingKeysWith: { first, _ in first })
    let segment = try #require(try program.image().executableSegment())
    let objects = [
      MappedObject(
        path: program.path,
        kind: .file(FileIdentity(buildID: nil, deviceMajor: 0, deviceMinor: 0, inode: 0)))
    ]
    let options = Symbolizer.Options()
    var symbolizer = Symbolizer(
      options: options, namers: Symbolizer.namers(options), mostFrames: areTooMany ? 0 : 100)
    /// The names of the functions, and how many files were read for them.
    func names(of names: String...) throws -> ([String], filesRead: Int) {
      let stacks = try names.map { name in
        let address = try #require(functions[name])
        return RawStack(addresses: [base + address - segment.address + segment.fileOffset])
      }
      let held = HeldObjects(limit: 1)
      held.hold(try program.open(), for: 0)
      var filesRead = 0
      let profile = symbolizer.profile(of: recording(stacks, objects: objects), objects: held) {
        filesRead = $1
      }
      return (self.names(profile).map { $0[0] }, filesRead)
    }
    #expect(try names(of: "main") == (["main"], 1))
    #expect(try names(of: "main") == (["main"], areTooMany ? 1 : 0))
    #expect(try names(of: "other", "main") == (["other", "main"], 1))
    #expect(try names(of: "main", "other") == (["main", "other"], areTooMany ? 1 : 0))

    // Another program in the same file, at the same path.
    let another = try self.program(folder, other: "third")
    try run("sh", "-ec", "cat \(another.path) > \(program.path)")
    #expect(try names(of: "main", "other") == (["main", "third"], 1))
  }
}
