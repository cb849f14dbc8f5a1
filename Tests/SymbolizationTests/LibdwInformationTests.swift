// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel
import TestSupport
import Testing

@testable import Symbolization

/// libdw as the second reader of debug information, beside flameback's own.
@Suite struct LibdwInformationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Every third address of the code.
  private func addresses(in program: CompiledProgram) throws -> [UInt64] {
    let text = try #require(try program.image().section(named: ".text"))
    return Array(stride(from: text.address, to: text.address + text.size, by: 3))
  }

  /// Expects no difference, and libdw's names.
  private func expectEqualReaders(
    _ program: CompiledProgram, roots: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let addresses = try addresses(in: program)
    let own = try program.names(at: addresses, debugRoots: roots, by: .own)
    let libdw = try program.names(at: addresses, debugRoots: roots, by: .libdw)
    let differences = ReaderDifferences()
    differences.compare(own, libdw, path: program.path)
    let some = Array(differences.all.prefix(3))
    #expect(some == [], sourceLocation: sourceLocation)
    #expect(libdw.limits == [], sourceLocation: sourceLocation)
    #expect(libdw.entries.contains { $0.frames.count > 1 }, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    "g++ -g -O2", "g++ -gdwarf-4 -O2", "g++ -g -O2 -gz=zlib", "g++ -g -O2 -no-pie",
    "clang++ -g -O2", "clang++ -gdwarf-4 -O2", "g++ -gdwarf-5 -gdwarf64 -O2",
    "g++ -g -O2 -ffunction-sections -Wl,--gc-sections",
  ])
  func readersAreEqual(command: String) throws {
    let source = try folder.file("a.cc", cxxSource)
    try expectEqualReaders(try CompiledProgram(folder, "\(command) -o @ \(source)"))
  }

  @Test func readersAreEqualForSwift() throws {
    let source = try folder.file("main.swift", swiftSource)
    try expectEqualReaders(
      try CompiledProgram(
        folder, "swiftc -g -O -module-cache-path \(folder.path)/cache -o @ \(source)"))
  }

  @Test func separateFilesAndSupplements() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(
      folder,
      """
      cd \(folder.path); g++ -g -O2 -o @ \(source); cp @ twin
      dwz -m common.debug -M \(folder.path)/common.debug @ twin
      objcopy --only-keep-debug @ @.debug; strip @; objcopy --add-gnu-debuglink=@.debug @
      """)
    try expectEqualReaders(program, roots: [folder.path])
  }

  /// libdw opens them itself, which a process without rights cannot; here it is not used for them either.
  @Test func splitUnitsAreReported() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(
      folder, "cd \(folder.path); g++ -g -O2 -gsplit-dwarf -o @ \(source); rm *.dwo")
    let names = try program.names(at: try addresses(in: program), by: .libdw)
    #expect(names.limits == [.splitMissing])
  }

  @Test func notInlined() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -g -O2 -o @ \(source)")
    let file = try #require(LibdwFile(try program.open()))
    let information = LibdwInformation(file, supplement: nil, followsInlines: false)
    let frames = information.frames(at: try addresses(in: program))
    #expect(frames.allSatisfy { $0.count <= 1 } && frames.contains { !$0.isEmpty })
  }

  @Test func whatTheOwnReaderDoesNotRead() throws {
    let program = try CompiledProgram(folder, ofUnusualFormat: ())
    let odd = try #require(try program.functions().first { $0.name == "odd" })
    let own = try program.names(at: [odd.address + 1], by: .own)
    #expect(own.limits == [.unknownDebugFormat])
    #expect(own.lines(of: 0) == ["odd ?:0"])
    let libdw = try program.names(at: [odd.address + 1], by: .libdw)
    #expect(libdw.limits == [])
    #expect(libdw.lines(of: 0) == ["odd odd.c:8"])

    let whole = own.completed(by: libdw)
    #expect(whole.lines(of: 0) == ["odd odd.c:8"] && whole.limits == [])
    // What has lines stays.
    let same = libdw.completed(by: own)
    #expect(same.lines(of: 0) == ["odd odd.c:8"])
    #expect(same.entries[0].frames == libdw.entries[0].frames)

    let differences = ReaderDifferences()
    differences.compare(own, libdw, path: "p")
    #expect(differences.all.map(\.address) == [odd.address + 1])
    #expect(differences.all.first?.own.first?.line == 0)
    #expect(differences.all.first?.libdw.first?.line == 8)
  }

  /// Hostile files do not trap or hang, and indices are valid.
  @Test func brokenFiles() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -g -O2 -o @ \(source)")
    let whole = try contents(of: program.path)
    let addresses = try addresses(in: program)
    let image = try program.image()
    let names = image.sectionNames()
    let parts = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_rnglists"].compactMap {
      names[$0]
    }
    #expect(parts.count == 4)
    var generator = SeededGenerator(state: 9)
    var read = 0
    for round in 0..<60 {
      var bytes = whole
      let part = parts[round % parts.count]
      for _ in 0..<(1 << (round % 7)) {
        let offset = Int(part.fileOffset + UInt64.random(in: 0..<part.size, using: &generator))
        bytes[offset] = .random(in: 0...255, using: &generator)
      }
      guard let file = LibdwFile(BytesInMemory(bytes)) else { continue }
      let information = LibdwInformation(file, supplement: nil, followsInlines: true)
      let frames = information.frames(at: addresses)
      #expect(
        frames.joined().allSatisfy {
          Int($0.function) < information.functions.count
            && information.files.indices.contains(Int($0.file))
        })
      read += 1
    }
    #expect(read > 10)
  }
}

extension CompiledProgram {
  /// A program with a function `odd` whose debug information numbers kinds of entries in a way that
  /// the own reader does not read. Its second instruction is of line 8 of odd.c.
  init(_ folder: TemporaryFolder, ofUnusualFormat: Void) throws {
    let source = try folder.file("odd.s", unusualDebugInformation)
    let main = try folder.file("main.c", "void odd(void); int main(void) { odd(); return 0; }")
    try self.init(folder, "gcc -no-pie -o @ \(main) \(source)")
  }
}
