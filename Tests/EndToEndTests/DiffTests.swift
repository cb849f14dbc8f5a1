// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `flameback diff`: tables and pictures of changes.
  @Suite struct DiffTests {
    private func folder(_ files: [String: String] = [:]) throws -> TemporaryFolder {
      let usual = [
        "before": "server;main;parse 300\nserver;main;old 200\nserver;main;write 500\n",
        "after": "server;main;parse 100\nserver;main;new 400\nserver;main;write 510\n",
      ]
      let folder = try TemporaryFolder()
      for (name, text) in usual.merging(files, uniquingKeysWith: { $1 }) {
        try text.write(toFile: folder(name), atomically: false, encoding: .utf8)
      }
      return folder
    }

    private func diff(_ folder: TemporaryFolder, _ arguments: String...) async throws
      -> Flameback.Result
    {
      try await Flameback.run(["diff"] + arguments, in: folder.path)
    }

    private func rows(_ text: String) -> [[String]] {
      text.split(separator: "\n").map {
        $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      }
    }

    @Test func theTableSaysWhatChangedMost() async throws {
      let folder = try folder()
      let result = try await diff(folder, "before", "after")
      #expect(result.exit == .code(0) && result.messages == "", "\(result)")
      let rows = rows(result.output)
      try #require(rows.count > 4)
      #expect(rows[1] == ["0.00", "39.60", "+39.60", "0.00", "39.60", "+39.60", "new"])
      #expect(rows[2] == ["30.00", "9.90", "-20.10", "30.00", "9.90", "-20.10", "parse"])
      #expect(rows[3] == ["20.00", "0.00", "-20.00", "20.00", "0.00", "-20.00", "old"])
      #expect(rows[4] == ["50.00", "50.50", "~+0.50", "50.00", "50.50", "~+0.50", "write"])
      #expect(result.output.hasSuffix("before 1,000, after 1,010, in % of each side's total\n"))
    }

    @Test func absoluteComparesCounts() async throws {
      let folder = try folder()
      let result = try await diff(folder, "--absolute", "before", "after")
      let row = rows(result.output).dropFirst().first
      #expect(row == ["0", "400", "+400", "0", "400", "+400", "new"])
      let drawn = try await diff(folder, "--absolute", "before", "after", "-o", "d.svg")
      #expect(drawn.exit == .code(0))
      #expect(try folder.text(of: "d.svg").contains("counts are compared"))
    }

    /// JSON has a rate, folded stacks have none.
    @Test func absoluteComparesSecondsWhereBothAreKnown() async throws {
      let folder = try folder()
      for name in ["before", "after"] {
        let json = try await Flameback.run(
          ["report", name, "-o", "\(name).json"], in: folder.path)
        #expect(json.exit == .code(0))
        // The metric of a recording at 100 Hz, and at half that rate.
        let (rate, period) = name == "before" ? (100, 10_000_000) : (50, 20_000_000)
        let text = try folder.text(of: "\(name).json").replacingOccurrences(
          of: #"{"name":"samples","unit":"count","#,
          with: #"{"name":"cpu","unit":"nanoseconds","units_per_count":\#(period),"#
            + #""frequency_hz":\#(rate),"#)
        try text.write(toFile: folder("\(name).json"), atomically: false, encoding: .utf8)
      }
      let result = try await diff(folder, "--absolute", "before.json", "after.json")
      #expect(result.exit == .code(0), "\(result)")
      // 500 at 10 ms each are 5 s, 510 at 20 ms are 10.2 s.
      #expect(
        result.output.contains("5.00     10.20      +5.20") && result.output.contains("seconds"),
        "\(result.output)")
      // The heading has the metric's name, if both sides have the same.
      let delays = try folder.text(of: "before.json").replacingOccurrences(
        of: #""name":"cpu""#, with: #""name":"delay""#)
      try delays.write(toFile: folder("delay.json"), atomically: false, encoding: .utf8)
      for (before, after, title) in [
        ("before", "after", ">CPU flame graph difference: after.json against before.json<"),
        ("delay", "delay", ">delay flame graph difference: "),
        ("delay", "after", ">flame graph difference: "),
      ] {
        _ = try await diff(folder, "\(before).json", "\(after).json", "-o", "d.svg")
        #expect(try folder.text(of: "d.svg").contains(title))
      }
      let mixed = try await diff(folder, "--absolute", "before.json", "after")
      #expect(mixed.exit == .code(1) && mixed.messages.contains("after has no sampling rate"))
    }

    @Test func picturesHaveBothSides() async throws {
      let folder = try folder()
      let result = try await diff(
        folder, "before", "after", "-o", "d.svg", "-o", "d.html", "--title", "A <change>")
      #expect(result.exit == .code(0) && result.output == "" && result.messages == "", "\(result)")
      let svg = try folder.text(of: "d.svg")
      for part in [
        ">A &lt;change&gt;<", ">+ new<", ">− old<", "shares of each total are compared",
        "within sampling noise", "before: 1,000 samples · after: 1,010 samples",
      ] {
        #expect(svg.contains(part), "\(part)")
      }
      for file in ["d.svg", "d.html"] {
        let back = try await Flameback.run(["report", file, "-o", "-"], in: folder.path)
        #expect(try FoldedStacks(back.output).total == 1010, "\(back)")
      }
      // Equal inputs give equal bytes, in whatever formats they are.
      _ = try await diff(folder, "before", "after", "-o", "e.svg", "--title", "A <change>")
      #expect(try folder.text(of: "e.svg") == svg)
      _ = try await Flameback.run(["report", "before", "-o", "before.html"], in: folder.path)
      _ = try await Flameback.run(["report", "after", "-o", "after.pb.gz"], in: folder.path)
      let other = try await diff(folder, "before.html", "after.pb.gz")
      #expect(try await other.output == diff(folder, "before", "after").output)
    }

    @Test func hostileNamesDoNotSteerTheTerminal() async throws {
      let folder = try folder(["h": "\u{1b}[31mred\u{202e};a\u{9b}b 300\n"])
      let result = try await diff(folder, "before", "h")
      #expect(result.exit == .code(0))
      #expect(result.output.contains("\\x1b[31mred\\u202e"))
      #expect(
        result.output.unicodeScalars.allSatisfy {
          $0.value == 10
            || $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) && $0.value != 0x202e
        })
    }

    @Test(
      arguments: [
        (["before"], 2, "after"), (["before", "after", "-o", "x.pb.gz"], 2, "pprof"),
        (["-", "-"], 2, "standard input"), (["before", "missing"], 1, "No such file"),
        (["before", "empty"], 1, "no samples"),
        (["before", "after", "-o", "/none/x.svg"], 5, "cannot write"),
      ] as [([String], Int32, String)])
    func whatCannotBeDone(arguments: [String], code: Int32, word: String) async throws {
      let folder = try folder(["empty": "a;b 0\n"])
      let result = try await Flameback.run(["diff"] + arguments, in: folder.path)
      #expect(result.exit == .code(code), "\(result)")
      #expect(result.messages.contains(word), "\(result.messages)")
    }
  }
}
