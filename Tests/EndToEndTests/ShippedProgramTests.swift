// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Programs as Debian ships them: optimized, stripped, without frame pointers.
  @Suite struct ShippedProgramTests {
    struct Program: Sendable, CustomTestStringConvertible {
      var name: String
      var command: [String]
      /// Functions that each stack contains in this order; only those that have symbols.
      var chain: [String]
      var testDescription: String { name }
    }

    private static let programs = [
      Program(
        name: "python3",
        command: [
          "/usr/bin/python3", "-c",
          "import time\nwhile time.process_time() < 3: sorted(str(i) for i in range(999))",
        ],
        chain: ["_start", "Py_BytesMain", "Py_RunMain", "_PyEval_EvalFrameDefault"]),
      Program(
        name: "perl",
        command: [
          "/usr/bin/perl", "-e",
          "while ((times)[0] < 3) { %h = (); $h{$_ % 99} .= join ',', 1..9 for 1..999 }",
        ],
        chain: ["_start", "main", "perl_run", "Perl_runops_standard"]),
      // These two have no symbols.
      Program(name: "gzip", command: compressing("gzip -9", megabytes: 30), chain: []),
      Program(name: "xz", command: compressing("xz -9", megabytes: 10), chain: []),
    ]

    /// Some CPU seconds of work. Their number, and not the wall time, decides how many samples there are.
    private static func compressing(_ program: String, megabytes: Int) -> [String] {
      let input = "cat /usr/lib/x86_64-linux-gnu/lib*.so.* | head -c \(megabytes)M"
      return ["/bin/sh", "-c", "\(input) | exec \(program) >/dev/null"]
    }

    @Test(arguments: programs)
    func stacksReachTheStart(program: Program) async throws {
      let run = try await RecordedRun(["-F", "999", "--ignore-exit-code", "--"] + program.command)
      try expectWholeStacks(run)
      let its = run.folded.samples { $0.comm == program.name }
      expectMost(its, of: run.folded.total, atLeast: 0.6)
      if !program.chain.isEmpty {
        expectMost(run.folded.count(inOrder: program.chain), of: its)
      }
      try await expectCallSites(run)
    }

    /// Mean depths by flameback and by perf, which unwinds 16 KB copies of stacks of the same time.
    @Test(
      .enabled(if: isInstalled("perf") || isContinuousIntegration),
      arguments: [
        ["/usr/bin/python3", "-c", "while 1: sorted(str(i) for i in range(999))"],
        ["/usr/bin/perl", "-e", "while (1) { $h{$_ % 99} .= join ',', 1..9 for 1..999 }"],
        ["/bin/sh", "-c", "exec gzip -9 -kc /usr/lib/x86_64-linux-gnu/lib*.so.*"],
        ["/bin/sh", "-c", "exec xz -9 -T1 -kcf /usr/lib/x86_64-linux-gnu/lib*.so.*"],
      ])
    func stacksAreAsDeepAsPerfSays(command: [String]) async throws {
      let program = try ChildProcess(command[0], Array(command.dropFirst()))
      try await program.burns(200_000_000)
      let tool = try await BenchmarkTool(
        "second_opinion", [Flameback.binary, "\(program.pid)", "2"])
      try #require(tool.exit == .code(0), "\(tool.messages)")
      let ours = try tool.printed.number("flameback")
      let perfs = try tool.printed.number("perf")
      #expect(perfs > 5)
      #expect(abs(ours - perfs) < 0.02 * perfs, "\(ours), perf \(perfs)")
    }

    /// The compiler proper is a child of the driver, which starts it at once.
    @Test func compilersStacksReachTheStart() async throws {
      let folder = try TemporaryFolder()
      try "#include <regex>\nint main() { return std::regex_match(\"a\", std::regex(\"a\")); }\n"
        .write(toFile: folder("main.cpp"), atomically: true, encoding: .utf8)
      let run = try await RecordedRun([
        "-F", "999", "--", "/usr/bin/g++", "-O1", "-S", "-o", "/dev/null", folder("main.cpp"),
      ])
      // Three programs start; stacks of the first moments of each are cut.
      try expectWholeStacks(run, atLeast: 0.97)
      let compiling = run.folded.samples { $0.comm == "cc1plus" }
      #expect(compiling > 500)
      let parsing = run.folded.count(of: "c_parse_file")
      #expect(parsing > 100)
      expectMost(
        run.folded.count(inOrder: ["_start", "main", "toplev::main", "c_parse_file"]), of: parsing)
      try await expectCallSites(run)
    }

    /// A server that runs before the recording, and its children, one for each client. Its symbols are
    /// those that extensions link to: most functions have none.
    @Test(.enabled(if: PostgresServer.programs != nil || isContinuousIntegration))
    func aDatabasesStacksReachTheStart() async throws {
      let server = try await PostgresServer()
      let tables = try server.client("pgbench", ["-i", "-q"])
      try #require(try await tables.waitForExit() == .code(0))
      let clients = try server.client("pgbench", ["-n", "-c", "2", "-T", "600"])
      try await clients.burns(50_000_000)
      let run = try await RecordedRun(["-p", "\(server.pid)", "-F", "999", "-d", "3"])
      clients.send(SIGINT)
      try await server.stop()

      try expectWholeStacks(run, atLeast: 0.999)
      let serving = ["_start", "main", "PostmasterMain", "PostgresMain"]
      expectMost(run.folded.count(inOrder: serving), of: run.folded.total)
      let deepest = serving + ["PortalRun", "standard_ExecutorRun", "ExecScan"]
      #expect(run.folded.count(inOrder: serving + ["pg_parse_query", "base_yyparse"]) > 20)
      #expect(run.folded.count(inOrder: deepest) > 20)
      try await expectCallSites(run)
    }

    /// Expects that at least a share of all stacks is complete or approximate, start-up included.
    private func expectWholeStacks(_ run: RecordedRun, atLeast share: Double = 0.99) throws {
      let complete = try run.statistics.count("stacks.complete")
      let approximate = try run.statistics.count("stacks.approximate")
      expectMost(complete + approximate, of: run.folded.total, atLeast: share)
    }
  }
}
