// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `flameback symbolize`, which prints as llvm-symbolizer does.
  @Suite struct SymbolizeTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A program with inlined calls, and all addresses of its code.
    func program() async throws -> (path: String, addresses: [String]) {
      let source = folder("a.c")
      try """
      #include <stdio.h>
      static inline int twice(int x) { return x * 2 + getchar(); }
      int main(void) { return twice(1) + twice(2); }
      """.write(toFile: source, atomically: false, encoding: .utf8)
      let path = folder("program")
      let compiler = try ChildProcess("gcc", ["-g", "-O2", "-o", path, source])
      #expect(try await compiler.waitForExit() == .code(0))
      return (path, (0x1040..<0x1200).map { "0x" + String($0, radix: 16) })
    }

    @Test func asLlvmSymbolizerPrints() async throws {
      let (path, addresses) = try await program()
      for options in [["--demangle", "none"], ["--demangle", "none", "--no-inline"]] {
        let ours = try await Flameback.run(["symbolize", "--obj", path] + options + addresses)
        let theirs = try ChildProcess(
          Tool.ofSwift("llvm-symbolizer"),
          [
            "--obj", path, "--no-demangle",
            options.contains("--no-inline") ? "--no-inlines" : "--inlines",
          ] + addresses, output: folder("theirs"))
        #expect(try await theirs.waitForExit() == .code(0))
        #expect(ours.exit == .code(0))
        #expect(ours.messages == "")
        let blocks = (ours.output, try folder.text(of: "theirs"))
        let pairs = zip(
          blocks.0.components(separatedBy: "\n\n"), blocks.1.components(separatedBy: "\n\n"))
        // llvm-symbolizer names gaps by the symbol without a size before them, and has no names of stubs.
        let different = pairs.filter { $0 != $1 && !$0.hasPrefix("??") && !$0.contains("@plt") }
        #expect(different.isEmpty, "\(different.prefix(3))")
        #expect(blocks.0.contains("main\n\(folder.path)/a.c:"))
      }
    }

    @Test func linesOfStandardInput() async throws {
      let (path, _) = try await program()
      try "0x1\nnonsense\n\n0x1060".write(toFile: folder("in"), atomically: false, encoding: .utf8)
      let command = try ChildProcess(
        "sh", ["-c", "exec \(Flameback.binary) symbolize --obj \(path) < \(folder("in"))"],
        output: folder("out"))
      #expect(try await command.waitForExit() == .code(0))
      let output = try folder.text(of: "out")
      #expect(output.hasPrefix("??\n??:0:0\n\n??\n??:0:0\n\n??\n??:0:0\n\n"))
      #expect(output.components(separatedBy: "\n\n").count == 5)
    }

    @Test func whatIsNoObjectFile() async throws {
      for (path, word) in [
        ("/nowhere", "no such file"), ("/etc/passwd", "ELF"), ("/dev/null", "regular"),
      ] {
        let result = try await Flameback.run(["symbolize", "--obj", path, "0x1"])
        #expect(result.exit == .code(1))
        #expect(result.messages.contains(word))
        #expect(result.output == "")
      }
      #expect(try await Flameback.run(["symbolize", "0x1"]).exit == .code(2))
      let both = try await Flameback.run(["symbolize", "--kernel", "--obj", "/bin/sh", "0x1"])
      #expect(both.exit == .code(2))
    }
  }
}
