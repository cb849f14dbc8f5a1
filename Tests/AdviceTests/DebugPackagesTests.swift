// SPDX-License-Identifier: Apache-2.0

import Compression
import Foundation
import ObjectFiles
import ProfileModel
import TestSupport
import Testing

@testable import Advice

/// A made-up Debian system with one program, `/usr/bin/tool` of the package `tool`.
private struct System {
  let folder: TemporaryFolder
  let file: DebugPackages.Stripped

  /// - Parameters:
  ///   - version: of the installed package.
  ///   - maintainer: of the installed package.
  init(version: String = "1.0-1", maintainer: String = "Someone <s@example.org>") throws {
    folder = try TemporaryFolder()
    for path in ["usr/bin", "var/lib/dpkg/info", "var/lib/apt/lists"] {
      try FileManager.default.createDirectory(
        atPath: folder(path), withIntermediateDirectories: true)
    }
    let program = try folder.copy(of: "/usr/bin/cat", as: "usr/bin/tool")
    let buildID = try #require(ElfImage(OpenFile(opening: program))?.buildID)
    file = DebugPackages.Stripped(path: "/usr/bin/tool", buildID: buildID)
    _ = try folder.file("var/lib/dpkg/info/tool:amd64.list", "/.\n/bin\n/bin/tool\n/usr/bin/tool\n")
    _ = try folder.file(
      "var/lib/dpkg/status",
      """
      Package: other
      Version: 3

      Package: tool
      Status: install ok installed
      Maintainer: \(maintainer)
      Source: toolset (0.9)
      Version: \(version)
      Description: a tool
       Package: not a field
      """)
  }

  /// A package of an archive, by default the installed one.
  static func package(
    _ name: String = "tool", _ version: String = "1.0-1", buildIDs: [String] = []
  ) -> String {
    """
    Package: \(name)
    Source: toolset
    Version: \(version)
    Maintainer: Someone <s@example.org>
    \(buildIDs.isEmpty ? "" : "Build-Ids: \(buildIDs.joined(separator: " "))\n")Size: 1


    """
  }

  func list(
    _ text: String, suite: String = "bookworm", origin: String = "Debian", end: String = "",
    pack: ([UInt8]) throws -> [UInt8] = { $0 }
  ) throws {
    let start = "var/lib/apt/lists/a.example_debian_dists_\(suite)"
    _ = try folder.file("\(start)_InRelease", "Hash: x\n\nOrigin: \(origin)\nCodename: \(suite)\n")
    _ = try folder.file(
      "\(start)_main_binary-amd64_Packages\(end)", pack(Array(text.utf8)))
  }

  var command: String? { DebugPackages(of: [file], root: folder.path).command(for: file) }

  var id: String { file.buildID.description }
}

@Suite struct DebugPackagesTests {
  private let other = "00112233445566778899aabbccddeeff00112233"

  /// Whatever its name: perl's are in perl-debug, python3.11's in python3.11-dbg.
  @Test func thePackageThatHoldsTheBuild() throws {
    let system = try System()
    try system.list(
      System.package() + System.package("tool-dbg", buildIDs: [other])
        + System.package("toolset-debug", buildIDs: [other, system.id]))
    #expect(system.command == "apt install toolset-debug")
  }

  @Test func oneOfSeveralVersions() throws {
    let system = try System()
    try system.list(
      System.package("tool-dbg", "1.0-1", buildIDs: [system.id])
        + System.package("tool-dbg", "1.0-2", buildIDs: [other]))
    #expect(system.command == "apt install tool-dbg=1.0-1")
  }

  /// Of a program in a container, or whose package is not installed any more: the build is enough.
  @Test func aFileOfNoPackage() throws {
    let system = try System()
    try system.list(System.package("tool-dbg", buildIDs: [system.id]))
    let elsewhere = DebugPackages.Stripped(path: "/opt/tool", buildID: system.file.buildID)
    let packages = DebugPackages(of: [elsewhere], root: system.folder.path)
    #expect(packages.command(for: elsewhere) == "apt install tool-dbg")
  }

  /// The archive has a newer build only, with its symbols in a package of another name.
  @Test func anOlderBuild() throws {
    let system = try System(version: "0.9-9")
    try system.list(System.package() + System.package("toolset-debug", buildIDs: [other]))
    #expect(
      system.command
        == "apt install tool toolset-debug, both newer: no list has the symbols of this build")
  }

  /// No list has debug files of this source: they are in the archive of debug symbols.
  @Test(arguments: [
    ("bookworm", "bookworm-debug"), ("bookworm-updates", "bookworm-debug"),
    ("bookworm-security", "bookworm-proposed-updates-debug"), ("trixie", "trixie-debug"),
  ])
  func theArchiveOfDebugSymbols(suite: String, archive: String) throws {
    let system = try System()
    try system.list(System.package(), suite: suite)
    #expect(
      system.command
        == "apt install tool-dbgsym, from deb http://deb.debian.org/debian-debug \(archive) main")
  }

  /// With that archive among the lists, no name is composed.
  @Test func theArchiveIsKnownToLackIt() throws {
    let system = try System()
    try system.list(System.package())
    try system.list(System.package("tool-dbgsym", buildIDs: [other]), suite: "bookworm-debug")
    #expect(system.command == nil)
    try system.list(System.package("tool-dbgsym", buildIDs: [system.id]), suite: "bookworm-debug")
    #expect(system.command == "apt install tool-dbgsym")
  }

  /// A package of the same name from elsewhere: Debian's archive has no symbols of that.
  @Test func packagesOfOthers() throws {
    let system = try System(maintainer: "Vendor <v@example.com>")
    try system.list(System.package())
    #expect(system.command == nil)
    let ours = try System()
    try ours.list(System.package(), origin: "Vendor")
    #expect(ours.command == nil)
  }

  /// A container may have another file at that path.
  @Test func anotherFileAtThePath() throws {
    let system = try System()
    try system.list(System.package())
    let buildID = try #require(BuildID((1...20).map { UInt8($0) }))
    let file = DebugPackages.Stripped(path: "/usr/bin/tool", buildID: buildID)
    #expect(DebugPackages(of: [file], root: system.folder.path).command(for: file) == nil)
  }

  @Test func withoutLists() throws {
    #expect(try System().command?.hasPrefix("apt update") == true)
  }

  @Test(arguments: ["", ".gz", ".lz4", ".xz", ".zst"]) func compressedLists(end: String) throws {
    let system = try System()
    let filler = String(repeating: System.package("filler"), count: 30_000)
    let text = filler + System.package("tool-dbg", buildIDs: [system.id])
    try system.list(text, end: end) { bytes in
      switch end {
      case ".gz": try Deflate.compress(bytes, as: .gzip)
      case ".lz4": lz4Frame(bytes)
      case ".xz": xzFile(bytes)
      default: bytes
      }
    }
    // zstd is not read, as if there were no list.
    #expect(system.command == (end == ".zst" ? try System().command : "apt install tool-dbg"))
  }

  @Test func brokenLists() throws {
    let system = try System()
    let text = Array((System.package() + System.package("tool-dbg", buildIDs: [system.id])).utf8)
    for (end, bytes) in [("", text), (".lz4", lz4Frame(text)), (".xz", xzFile(text))] {
      for count in stride(from: 0, to: bytes.count, by: 7) {
        try system.list("", end: end) { _ in Array(bytes[..<count]) }
        _ = system.command
      }
    }
  }
}
