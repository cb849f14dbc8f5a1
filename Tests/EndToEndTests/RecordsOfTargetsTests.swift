// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

extension EndToEnd {
  /// Whose records of mappings, execs and forks are read: with named targets only theirs and those of
  /// their descendants.
  @Suite struct RecordsOfTargetsTests {
    /// Runs `/bin/true` again and again, without an end.
    private static let execs = "while :; do /bin/true; done"
    /// The fewest records of a program that a shell starts: fork, exec, exit, and what it maps to run:
    /// itself, the loader and the C library.
    private static let recordsOfAProgram = 6

    private func records(of run: RecordedRun) throws -> Int {
      try run.statistics.count("cost.side_band_records")
    }

    @Test(arguments: ["-p", "-t"])
    func whatOthersStartCostsNothing(option: String) async throws {
      let split = try SampleProgram("split", ["60"])
      let others = try SampleProgram(path: "/bin/sh", ["-c", Self.execs])
      try await split.burns()
      let run = try await RecordedRun([option, "\(split.pid)", "-F", "199", "-d", "2"])
      // It maps and starts nothing.
      #expect(try records(of: run) < 10)
      let all = try await RecordedRun(["-a", "-F", "199", "-d", "2"])
      #expect(try records(of: all) > 100)
      _ = others
    }

    @Test func thoseOfACommandAndOfWhatItStartsAreRead() async throws {
      let count = 50
      let run = try await RecordedRun([
        "-F", "999", "--", "sh", "-c",
        "i=0; while [ $i -lt \(count) ]; do /bin/true; i=$((i+1)); done",
      ])
      #expect(try records(of: run) >= count * Self.recordsOfAProgram)
    }

    /// The target has started the shell before, which is its child.
    @Test func thoseOfDescendantsOfATargetAreRead() async throws {
      let parent = try SampleProgram(
        path: "/bin/sh", ["-c", "(\(Self.execs)) & wait; :"])
      let run = try await RecordedRun(["-p", "\(parent.pid)", "-F", "999", "-d", "2"])
      #expect(run.folded.comms.contains("true"))
      #expect(try records(of: run) > 10 * Self.recordsOfAProgram)
    }

    /// Without children a target's own records are read: it execs.
    @Test func withoutInheritanceOnlyThoseOfTheTargetItself() async throws {
      let shell = try SampleProgram(path: "/bin/sh", ["-c", Self.execs])
      let run = try await RecordedRun([
        "--no-inherit", "-p", "\(shell.pid)", "-F", "999", "-d", "2",
      ])
      let forks = try records(of: run)
      #expect(run.folded.comms == ["sh"])
      // Its forks; the children's execs, mappings and exits are not read.
      let all = try await RecordedRun(["-p", "\(shell.pid)", "-F", "999", "-d", "2"])
      #expect(try records(of: all) > forks)
    }
  }
}
