// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import ProfileModel
import TestSupport
import Testing

@testable import Symbolization

/// Which files the worker of a module may read: never one that the module's owner cannot read.
@Suite struct CompanionFilesTests {
  let folder: TemporaryFolder
  let program: CompiledProgram
  /// A separate debug file that every user may read.
  let debugFile: String

  init() throws {
    folder = try TemporaryFolder()
    let source = try folder.file("a.cc", cxxSource)
    program = try CompiledProgram(
      folder, "g++ -g -O2 -Wl,--build-id -o @ \(source); objcopy --only-keep-debug @ @.debug")
    debugFile = program.path + ".debug"
  }

  private func id() throws -> BuildID { try #require(try program.image().buildID) }

  private func opens(_ path: String, _ proof: FileProof, caches: [String] = []) throws -> Bool {
    let companions = CompanionFiles(of: try program.open(), caches: caches)
    return companions.open(CompanionRequest(path: path, proof: proof)) != nil
  }

  @Test func whatEverybodyMayReadIsOpened() throws {
    #expect(try opens(debugFile, .buildID(try id())))
    #expect(try opens("/bin/sh", .checksum(1)))
    #expect(try !opens("/etc/passwd", .checksum(1)))
    #expect(try !opens(folder("missing"), .checksum(1)))
  }

  /// Root can read the file, but the module's owner cannot: neither by its mode, nor by its folder's.
  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func privateFilesAreForModulesOfTheirOwner() throws {
    let other = try #require(BuildID([1, 2, 3]))
    let checksum = try #require(FileChecksums.shared.checksum(of: OpenFile(opening: debugFile)))
    mkdir(folder("private"), 0o700)
    let hidden = try folder.copy(of: debugFile, as: "private/hidden.debug")
    chmod(debugFile, 0o600)
    for path in [debugFile, hidden] {
      #expect(try opens(path, .buildID(try id())) && opens(path, .checksum(checksum)))
      #expect(try !opens(path, .buildID(other)) && !opens(path, .checksum(checksum ^ 1)))
      #expect(try !opens(path, .splitUnit(1)))
    }
    chown(program.path, 65534, 65534)
    for path in [debugFile, hidden] {
      #expect(try !opens(path, .buildID(try id())) && !opens(path, .checksum(checksum)))
    }
    let named = CompanionFiles(of: try program.open(), caches: [], isNamedByUser: true)
    #expect(named.open(CompanionRequest(path: hidden, proof: .buildID(try id()))) != nil)
    chown(debugFile, 65534, 65534)
    #expect(try opens(debugFile, .buildID(try id())))
    // This thread can read what only root may again, and write what belongs to others.
    #expect(try OpenFile(opening: hidden).size > 0)
    #expect(access(hidden, W_OK) == 0)
  }

  /// The cache of fetched files is private, but everybody can fetch the same.
  @Test func fetchedFilesAreForAllModules() throws {
    let cache = folder("cache")
    let path = DebugFiles.cached(try id(), in: cache)
    let other = try #require(BuildID([1, 2, 3]))
    try run(
      "sh", "-ec", "mkdir -p $(dirname \(path)); cp \(debugFile) \(path); chmod -R go= \(cache)")
    chown(program.path, 65534, 65534)
    #expect(try opens(path, .buildID(try id()), caches: [cache]))
    #expect(try !opens(path, .buildID(other), caches: [cache]))
    if geteuid() == 0 { #expect(try !opens(path, .buildID(try id()))) }
  }

  /// Files of different users, and of different devices, are read by different workers.
  @Test func ownersAreUsersOnADevice() throws {
    let other = try folder.copy(of: program.path, as: "other")
    #expect(FileOwner(of: try program.open()) == FileOwner(of: try OpenFile(opening: other)))
    if geteuid() == 0 {
      chown(other, 65534, 65534)
      #expect(FileOwner(of: try program.open()) != FileOwner(of: try OpenFile(opening: other)))
    }
    let onOtherDevice = try OpenFile(opening: "/sys/kernel/btf/vmlinux")
    #expect(FileOwner(of: try program.open()) != FileOwner(of: onOtherDevice))
  }

  @Test func requestsSurviveSerialization() throws {
    for proof in [FileProof.buildID(try id()), .checksum(7), .splitUnit(.max)] {
      let wire = CompanionRequest(path: "/a", proof: proof).wire
      let back = try CompanionRequest(wire: wire)
      #expect(back.path == "/a" && back.proof == proof)
      for count in wire.indices {
        #expect(throws: WireReader.Malformed.self) {
          try CompanionRequest(wire: Array(wire[..<count]))
        }
      }
    }
    for path in ["a", "", "/a\0b", "/" + String(repeating: "a", count: 4096)] {
      #expect(throws: WireReader.Malformed.self) {
        try CompanionRequest(wire: CompanionRequest(path: path, proof: .checksum(0)).wire)
      }
    }
  }

  /// The ids of units in `.dwo` and `.dwp` files, by their headers.
  @Test func idsOfSplitUnits() throws {
    let source = try folder.file("b.cc", cxxSource)
    let split = try CompiledProgram(
      folder, name: "split", "cd \(folder.path); g++ -g -O2 -gsplit-dwarf -o @ \(source)")
    let sections = try #require(DwarfSections(try split.image(), limit: 1 << 20))
    let unit = try #require(DwarfFile(sections).units.first { $0.splitID != nil })
    let id = try #require(unit.splitID)
    try run("sh", "-ec", "cd \(folder.path); mv *.dwo one.dwo; llvm-dwp -o one.dwp one.dwo")
    for name in ["one.dwo", "one.dwp"] {
      let file = try OpenFile(opening: folder(name))
      #expect(FileProof.splitUnit(id).holds(for: file))
      #expect(
        !FileProof.splitUnit(id ^ 1).holds(for: file) && !FileProof.splitUnit(0).holds(for: file))
    }
    #expect(!FileProof.splitUnit(id).holds(for: try split.open()))
  }
}
