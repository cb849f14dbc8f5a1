// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Sampling

struct CommandFilesTests {
  private func contains(_ files: [String], _ prefix: String) -> Bool {
    files.contains { $0.split(separator: "/").last?.hasPrefix(prefix) == true }
  }

  @Test func programLoaderAndLibraries() {
    let files = CommandFiles.mapped(by: "/bin/sh")
    #expect(files.first == URL(filePath: "/bin/sh").resolvingSymlinksInPath().path)
    #expect(contains(files, "ld-linux"))
    #expect(contains(files, "libc.so"))
    #expect(Set(files).count == files.count)
  }

  @Test func namesAreSearchedForInThePath() {
    #expect(CommandFiles.mapped(by: "sh") == CommandFiles.mapped(by: "/bin/sh"))
    #expect(CommandFiles.mapped(by: "no-such-command-anywhere") == [])
  }

  @Test func aScriptMapsTheFilesOfItsInterpreter() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func script(_ text: String) throws -> String {
      let path = folder.appending(path: "\(text.hashValue)").path
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      return path
    }
    let shell = CommandFiles.mapped(by: "/bin/sh")
    let plain = try script("#!/bin/sh -e\nexit\n")
    #expect(CommandFiles.mapped(by: plain) == shell)
    #expect(CommandFiles.mapped(by: try script("#!/usr/bin/env -S A=b sh -e\n")) == shell)
    #expect(CommandFiles.mapped(by: try script("#! \(plain)\n")) == shell)
    #expect(CommandFiles.mapped(by: try script("#!\n")) == [])
    #expect(CommandFiles.mapped(by: try script("exit\n")) == [])
    let endless = folder.appending(path: "endless").path
    try FileManager.default.moveItem(atPath: try script("#!\(endless)\n"), toPath: endless)
    #expect(CommandFiles.mapped(by: endless) == [])
  }

  @Test func pathsInAListing() {
    let listing = """
      \tlinux-vdso.so.1 (0x00007ffd5b5f2000)
      \tlibc.so.6 => /usr/../usr/bin (0x00007f1d6c000000)
      \tlibmissing.so => not found
      \t/usr/lib (0x00007f1d6c200000)
      /no closing
      """
    #expect(CommandFiles.libraries(in: listing).map { $0.hasPrefix("/usr/") } == [true, true])
  }
}
