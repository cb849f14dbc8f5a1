// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Every frame has a name if llvm-symbolizer or a perf map has one.
  @Suite struct WholeNamesTests {
    @Test func cxx() async throws {
      try await nothingIsLeftUnnamed([SampleProgram.path("templates"), "2"])
    }

    @Test func swift() async throws {
      try await nothingIsLeftUnnamed([SampleProgram.path("swiftburn"), "2"])
    }

    @Test func rust() async throws {
      let folder = try TemporaryFolder()
      let program = folder("program")
      try """
      use std::collections::BTreeMap;
      use std::time::{Duration, Instant};
      #[inline(never)] fn count(words: &mut BTreeMap<String, usize>, by: usize) {
        for i in 0..by { *words.entry(format!("w{}", i % 97)).or_insert(0) += i; }
      }
      fn main() {
        let (start, mut words) = (Instant::now(), BTreeMap::new());
        while start.elapsed() < Duration::from_secs(2) { count(&mut words, 1000); }
        println!("{}", words.values().sum::<usize>() % 10);
      }
      """.write(toFile: folder("main.rs"), atomically: false, encoding: .utf8)
      let compiler = try ChildProcess("rustc", ["-g", "-O", "-o", program, folder("main.rs")])
      try #require(try await compiler.waitForExit() == .code(0))
      let run = try await nothingIsLeftUnnamed([program])
      #expect(run.folded.count(of: "main::count") > 0)
    }

    @Test func node() async throws {
      let script = """
        function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
        const words = {};
        console.log("pid " + process.pid);
        for (const end = Date.now() + 2000, i = [0]; Date.now() < end; i[0]++) {
          fibonacci(15);
          words["w" + i[0] % 500] = JSON.stringify({ i, text: "x".repeat(i[0] % 50) });
          /(\\d+)x/.exec("abc" + i[0] + "x");
        }
        """
      let run = try await nothingIsLeftUnnamed(["node", "--perf-basic-prof", "-e", script])
      unlink("/tmp/perf-\(Int(try run.printed.number("pid"))).map")
      #expect(run.folded.count { $0.contains("fibonacci") } > 0)
    }

    @discardableResult
    private func nothingIsLeftUnnamed(_ command: [String]) async throws -> RecordedRun {
      let run = try await RecordedRun(["-F", "999", "--"] + command)
      // Frames whose names are in a perf map or in kallsyms.
      let nameless = run.folded.lines.filter { line in
        !line.frames.allSatisfy { !["[anonymous]", "[unknown]", "[kernel.kallsyms]"].contains($0) }
      }
      // A frame in an unknown mapping has no name. Its stack is truncated there; hardly any is.
      let cut = nameless.filter {
        $0.frames.starts(with: ["[truncated: NO_MAPPING]", "[unknown]"])
      }
      #expect(nameless.count == cut.count, "\(nameless) \(run.result.messages)")
      #expect(cut.reduce(0) { $0 + $1.count } * 500 < run.folded.total, "\(cut)")
      for frame in Set(run.folded.lines.flatMap(\.frames)) {
        guard let match = frame.wholeMatch(of: /(.+)\+(0x[0-9a-f]+)/) else { continue }
        let files = run.pprof.mappings.values.map(\.file)
        let file = try #require(files.first { $0.hasSuffix("/" + match.1) }, "\(frame)")
        let name = try await secondOpinion(file, String(match.2))
        #expect(name == "??", "\(frame) is \(name)")
      }
      return run
    }

    /// The name by llvm-symbolizer.
    private func secondOpinion(_ file: String, _ address: String) async throws -> String {
      let folder = try TemporaryFolder()
      let symbolizer = try ChildProcess(
        "llvm-symbolizer", ["--obj", file, address], output: folder("out"))
      try #require(try await symbolizer.waitForExit() == .code(0))
      return try folder.text(of: "out").split(separator: "\n").first.map(String.init) ?? ""
    }
  }
}
