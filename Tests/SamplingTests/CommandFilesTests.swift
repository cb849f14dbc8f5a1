// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
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

  /// What may not be executed names no loader that is run, nor does a script whose interpreter may not.
  @Test func onlyWhatTheKernelWouldExecute() throws {
    let folder = try TemporaryFolder()
    let shell = CommandFiles.mapped(by: "/bin/sh")
    let program = try folder.copy(of: try #require(shell.first), as: "program")
    let script = try folder.file("script", "#!\(program)\n")
    let byEnv = try folder.file("by-env", "#!\(folder("env")) sh\n")
    try FileManager.default.copyItem(atPath: "/usr/bin/env", toPath: folder("env"))
    for path in [script, byEnv] { chmod(path, 0o755) }
    for path in [program, script] {
      #expect(CommandFiles.mapped(by: path).dropFirst() == shell.dropFirst())
    }
    #expect(CommandFiles.mapped(by: byEnv) == shell)
    for path in [program, folder("env")] { chmod(path, 0o644) }
    for path in [program, script, byEnv] { #expect(CommandFiles.mapped(by: path) == []) }
  }

  /// A loader is run only as the kernel would: not without the permission, and not as a script.
  @Test func aLoaderIsRunOnlyAsTheKernelWould() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("main.c", "int main(void) { return 0; }\n")
    let loader = folder("loader")
    let program = folder("program")
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/gcc")
    compiler.arguments = ["-Wl,--dynamic-linker=\(loader)", "-o", program, source]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    let mark = folder("mark")
    try "#!/bin/sh\n>\(mark)\n".write(toFile: loader, atomically: true, encoding: .utf8)
    chmod(loader, 0o755)
    #expect(CommandFiles.mapped(by: program) == [program])
    #expect(!FileManager.default.fileExists(atPath: mark))

    let own = try #require(CommandFiles.mapped(by: "/bin/sh").first { $0.contains("ld-linux") })
    try FileManager.default.removeItem(atPath: loader)
    try FileManager.default.copyItem(atPath: own, toPath: loader)
    chmod(loader, 0o644)
    #expect(CommandFiles.mapped(by: program) == [program])
    chmod(loader, 0o755)
    let files = CommandFiles.mapped(by: program)
    #expect(files.starts(with: [program, loader]) && contains(files, "libc.so"))
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
