// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// The command line itself.
  @Suite struct UsageTests {
    @Test func helpTeaches() async throws {
      for arguments in [["--help"], ["record", "--help"]] {
        let result = try await Flameback.run(arguments)
        #expect(result.exit == .code(0))
        #expect(result.messages == "")
        #expect(result.output.contains("record"))
      }
      let help = try await Flameback.run(["record", "--help"]).output
      for option in [
        "-p", "-a", "-F", "-d", "-U", "-K", "-o", "-f", "--annotate", "--title", "--stats", "-q",
      ] {
        #expect(help.contains(option), "\(option)")
      }
      #expect(help.contains("99"))
    }

    @Test func versionIsANumber() async throws {
      let result = try await Flameback.run(["--version"])
      #expect(result.exit == .code(0))
      #expect(result.output.contains(/[0-9]+\.[0-9]+/))
    }

    @Test func withoutATargetItHints() async throws {
      try await refuses(["record"], word: "-p")
      try await refuses(["record", "-F", "99"], word: "-p")
    }

    @Test(arguments: ["0", "-5", "abc", "", "1e9", "99.5", "5000", "99999999999999999999"])
    func badRates(rate: String) async throws {
      try await refuses(["record", "-a", "-d", "1", "-F", rate], word: rate)
      try await refuses(["record", "-a", "-d", "1", "--frequency=" + rate], word: rate)
    }

    @Test func aRateAboveTheKernelsLimitNamesTheLimit() async throws {
      let path = "/proc/sys/kernel/perf_event_max_sample_rate"
      let limit = try String(contentsOfFile: path, encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let above = try #require(Int(limit)) + 1
      try await refuses(["record", "-a", "-d", "1", "-F", "\(above)"], word: limit)
      #expect(
        try String(contentsOfFile: path, encoding: .utf8)
          .trimmingCharacters(in: .whitespacesAndNewlines) == limit)
    }

    @Test(arguments: ["abc", "0", "-1", "10x", "", "1e99", "nan"])
    func badTimes(time: String) async throws {
      try await refuses(["record", "-a", "-d", time], word: time)
      try await refuses(["record", "-a", "--duration=" + time], word: time)
    }

    @Test(arguments: [
      ["-p", "1", "-a"], ["-a", "--", "true"], ["-p", "1", "--", "true"],
    ])
    func targetsThatContradict(arguments: [String]) async throws {
      try await refuses(["record"] + arguments, word: "-a", or: "-p")
    }

    @Test(arguments: ["abc", "0", "-1", "1,x", "", "1,,2", "99999999999"])
    func badProcessIDs(pid: String) async throws {
      try await refuses(["record", "-d", "1", "--pid=" + pid], word: pid)
    }

    @Test(arguments: [
      ["-o", "x.txt"], ["-o", "x"], ["-o", "x.pb"], ["-f", "gif"],
      ["-f", "svg", "-o", "a.svg", "-o", "b.svg"],
      ["--no-such-option"], ["-U", "-K"],
    ])
    func badOptions(arguments: [String]) async throws {
      try await refuses(
        ["record", "-a", "-d", "1"] + arguments, word: arguments[0], or: arguments.last)
    }

    @Test func anUnknownCommand() async throws {
      try await refuses(["recrod", "-a"], word: "recrod")
    }

    private func refuses(_ arguments: [String], word: String, or other: String? = nil) async throws
    {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(arguments, in: folder.path)
      #expect(result.exit == .code(2), "\(arguments): \(result)")
      #expect(result.output == "")
      let says = [word, other ?? word].contains { $0.isEmpty || result.messages.contains($0) }
      #expect(says && !result.messages.isEmpty, "\(arguments): \(result)")
      #expect(try folder.contents == [])
    }
  }
}
