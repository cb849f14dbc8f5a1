// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Help, and arguments that are refused.
  @Suite struct UsageTests {
    @Test func helpNamesCommandsAndOptions() async throws {
      let overview = try await Flameback.run(["--help"])
      #expect(overview.exit == .code(0) && overview.messages == "", "\(overview)")
      let names = Set(
        overview.output.split(separator: "\n").compactMap { $0.split(separator: " ").first })
      for command in ["record", "report", "diff", "doctor"] {
        #expect(names.contains { $0 == command }, "\(command): \(overview.output)")
      }

      let help = try await Flameback.run(["record", "--help"])
      #expect(help.exit == .code(0) && help.messages == "", "\(help)")
      // The words before an option's text: `-p, --pid <pid>`.
      let options = Set(
        help.output.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap {
          $0.split(whereSeparator: { " ,<[".contains($0) }).prefix { $0.hasPrefix("-") }
        })
      for option in [
        "-p", "-a", "-F", "-d", "-U", "-K", "-o", "-f", "--annotate", "--title", "--stats", "-q",
      ] {
        #expect(options.contains { $0 == option }, "\(option): \(help.output)")
      }
      let rate = help.output.split(separator: "\n").drop { !$0.contains("--frequency") }.prefix(3)
      #expect(rate.joined().contains("99"), "\(rate)")
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
      try await refuses(["record", "-a", "-d", "1", "-F", rate], word: rate, of: "-F")
      try await refuses(["record", "-a", "-d", "1", "--frequency=" + rate], word: rate, of: "-F")
    }

    @Test(arguments: ["abc", "0", "-1", "10x", "", "1e99", "nan"])
    func badTimes(time: String) async throws {
      try await refuses(["record", "-a", "-d", time], word: time, of: "-d")
      try await refuses(["record", "-a", "--duration=" + time], word: time, of: "-d")
    }

    @Test(arguments: [
      ["-p", "1", "-a"], ["-a", "--", "true"], ["-p", "1", "--", "true"],
    ])
    func targetsThatContradict(arguments: [String]) async throws {
      try await refuses(["record"] + arguments, word: "-a", or: "-p")
    }

    @Test(arguments: ["abc", "0", "-1", "1,x", "", "1,,2", "99999999999"])
    func badProcessIDs(pid: String) async throws {
      try await refuses(["record", "-d", "1", "--pid=" + pid], word: pid, of: "-p")
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

    /// Expects exit code 2, no file, and a message with one of two words. Where the wrong value is an
    /// empty word, the message has its option, by the short or the long name.
    private func refuses(
      _ arguments: [String], word: String, or other: String? = nil, of option: String? = nil
    ) async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(arguments, in: folder.path)
      #expect(result.exit == .code(2), "\(arguments): \(result)")
      #expect(result.output == "")
      let long = ["-F": "--frequency", "-d": "--duration", "-p": "--pid"]
      let words = word.isEmpty ? [option, option.flatMap { long[$0] }] : [word, other]
      let says = words.compactMap { $0 }.contains { result.messages.contains($0) }
      #expect(says, "\(arguments): \(result)")
      #expect(try folder.contents == [])
    }
  }
}
