// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `flameback report`: tables, pictures and conversions keep every sample.
  @Suite struct ReportTests {
    private static let stacks = """
      server;main;parse;malloc 30
      server;main;parse 20
      server;main;write;vfs_write_[k] 45
      idle;wait 5

      """

    private func folder(_ files: [String: String] = [:]) throws -> TemporaryFolder {
      let folder = try TemporaryFolder()
      for (name, text) in ["a.folded": Self.stacks].merging(files, uniquingKeysWith: { $1 }) {
        try text.write(toFile: folder(name), atomically: false, encoding: .utf8)
      }
      return folder
    }

    private func report(_ folder: TemporaryFolder, _ arguments: String...) async throws
      -> Flameback.Result
    {
      try await Flameback.run(["report"] + arguments, in: folder.path)
    }

    @Test func theTableHasSelfAndTotal() async throws {
      let folder = try folder()
      let result = try await report(folder, "a.folded")
      #expect(result.exit == .code(0) && result.messages == "")
      let lines = result.output.split(separator: "\n").map {
        $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      }
      #expect(lines[1] == ["45", "45.0%", "45", "45.0%", "vfs_write", "([kernel.kallsyms])"])
      #expect(lines.contains(["20", "20.0%", "50", "50.0%", "parse"]))
      #expect(lines.last == ["total", "100"])
      let tree = try await report(folder, "a.folded", "--tree").output
      #expect(tree.contains("      50  50.0%        20        parse\n"), "\(tree)")
    }

    @Test func theModuleIsNamedOnce() async throws {
      let text = """
        app 7/7 1.000000: 1 cpu-clock:
        \t1234 [unknown] (/opt/libnameless.so)
        \t2000 main (/opt/app)


        """
      let output = try await report(folder(["a.perf.txt": text]), "a.perf.txt").output
      #expect(output.contains("[libnameless.so]\n"), "\(output)")
      #expect(output.contains("main  (app)\n"), "\(output)")
    }

    /// Conversions to every format and back, of one input, two, standard input and gzip.
    @Test func everyFormatKeepsEverySample() async throws {
      let folder = try folder()
      let outputs = [
        "b.svg", "b.html", "b.pb.gz", "b.speedscope.json", "b.json", "b.perf.txt", "b.folded",
      ]
      let all = try await Flameback.run(
        ["report", "a.folded"] + outputs.flatMap { ["-o", $0] }, in: folder.path)
      #expect(all.exit == .code(0), "\(all)")
      for output in outputs {
        let back = try await report(folder, output, "-o", "-")
        #expect(back.exit == .code(0), "\(output): \(back)")
        let folded = try FoldedStacks(back.output)
        #expect(folded.total == 100, "\(output)")
        #expect(folded.count(of: "parse") == 50, "\(output)")
      }
      let twice = try await report(folder, "a.folded", "b.html", "-o", "-")
      #expect(try FoldedStacks(twice.output).total == 200)
      let zipped = try await Flameback.run(
        ["report", "-", "-o", "-"], prefix: ["sh", "-c", "gzip -c a.folded | \"$@\"", "sh"],
        in: folder.path)
      #expect(try FoldedStacks(zipped.output).total == 100)
    }

    /// Input that inflates to itself must not be read forever.
    @Test(arguments: [2, 3]) func gzippedTwiceAtMost(times: Int) async throws {
      let folder = try folder()
      let packed =
        "cat a.folded" + String(repeating: " | gzip -c", count: times) + " > a.gz && exec \"$@\""
      let result = try await Flameback.run(
        ["report", "a.gz", "-o", "-"], prefix: ["sh", "-c", packed, "sh"],
        in: folder.path)
      #expect(result.exit == .code(times > 2 ? 1 : 0), "\(result)")
      #expect(result.messages.contains("more than twice") == (times > 2))
    }

    @Test func picturesOfPicturesAreTheSame() async throws {
      let folder = try folder()
      _ = try await report(folder, "a.folded", "-o", "b.svg", "--title", "A <title>")
      _ = try await report(folder, "b.svg", "-o", "c.svg")
      #expect(try folder.text(of: "b.svg") == folder.text(of: "c.svg"))
      #expect(try folder.text(of: "b.svg").contains("A &lt;title&gt;"))
    }

    @Test(
      arguments: [
        (["--include", "mal+oc"], 30), (["--exclude", "^wait$"], 95), (["--comm", "idle"], 5),
        (["--root", "parse"], 50), (["--include", "main", "--exclude", "write"], 50),
      ] as [([String], Int)])
    func filters(arguments: [String], left: Int) async throws {
      let folder = try folder()
      let result = try await Flameback.run(
        ["report", "a.folded", "-o", "-"] + arguments, in: folder.path)
      #expect(try FoldedStacks(result.output).total == left)
    }

    @Test func badLinesAreReported() async throws {
      let folder = try folder(["bad.folded": "a;b 1\nwhat is this\na;c 2\n", "none": "nothing\n"])
      let result = try await report(folder, "bad.folded", "-o", "-")
      #expect(result.exit == .code(0))
      #expect(result.output == "a;b 1\na;c 2\n")
      #expect(result.messages == "flameback: 1 of 3 lines could not be read, the first is line 2\n")
      for (arguments, word) in [
        (["none"], "none of the formats"), (["missing"], "No such file"),
        (["a.folded", "--include", "nowhere", "-o", "x.svg"], "no samples are left"),
      ] {
        let result = try await Flameback.run(["report"] + arguments, in: folder.path)
        #expect(result.exit == .code(1), "\(result)")
        #expect(result.messages.contains(word), "\(result.messages)")
      }
      #expect(try !folder.contents.contains("x.svg"))
    }

    /// A clock's samples in pprof have two types, which are one metric.
    @Test func metricsAreChosenByName() async throws {
      let folder = try folder()
      _ = try await report(folder, "a.folded", "-o", "a.json")
      func json(_ metric: String) throws -> String {
        try folder.text(of: "a.json").replacingOccurrences(
          of: #"{"name":"samples","unit":"count","counts_samples":1}"#, with: metric)
      }
      let clock =
        #"{"name":"cpu","unit":"nanoseconds","units_per_count":10000000,"counts_samples":1,"#
        + #""frequency_hz":100}"#
      for (name, metric) in [("cpu", clock), ("bytes", #"{"name":"alloc","unit":"bytes"}"#)] {
        try json(metric).write(
          toFile: folder("\(name).json"), atomically: false, encoding: .utf8)
      }
      _ = try await report(folder, "cpu.json", "-o", "cpu.pb.gz")
      for name in ["cpu", "samples"] {
        let back = try await report(folder, "cpu.pb.gz", "--metric", name, "-o", "-")
        #expect(try FoldedStacks(back.output).total == 100, "\(back)")
      }
      let missing = try await report(folder, "cpu.pb.gz", "--metric", "bytes", "-o", "-")
      #expect(missing.exit == .code(2) && missing.messages.contains("there is cpu"), "\(missing)")
      // Nothing is proposed that would not help.
      let both = try await report(folder, "cpu.pb.gz", "bytes.json", "-o", "-")
      #expect(both.exit == .code(1) && both.messages.contains("read them one by one"), "\(both)")
      #expect(!both.messages.contains("--metric"))
    }

    /// Each number fits; it is their sum that does not.
    @Test(
      arguments: [
        (["-o", "x.svg"], 1 << 52, true), (["-o", "x.pb.gz"], 1 << 52, false),
        (["-o", "x.pb.gz"], 1 << 61, true), (["-o", "x.svg", "-o", "x.json"], 1 << 61, true),
        ([], 1 << 52, true), ([], 1 << 51, false),
      ] as [([String], UInt64, Bool)])
    func sumsThatAreTooLarge(outputs: [String], count: UInt64, isSaid: Bool) async throws {
      let folder = try folder(["a": "a;b \(count)\n", "b": "a;b \(count)\na;c \(count)\n"])
      let result = try await Flameback.run(["report", "a", "b"] + outputs, in: folder.path)
      #expect(result.exit == .code(0), "\(result)")
      #expect(result.messages.contains("add up to more than") == isSaid, "\(result)")
      let difference = try await Flameback.run(["diff", "a", "b"], in: folder.path)
      #expect(difference.messages.contains("b: ") == (count > 1 << 52), "\(difference)")
    }

    @Test func perfDataNamesTheRemedy() async throws {
      let folder = try folder(["perf.data": "PERFILE2xxxxxxxx"])
      let result = try await report(folder, "perf.data")
      #expect(result.exit == .code(1))
      #expect(result.messages.contains("run perf script first"))
    }

    @Test(arguments: [
      [], ["a.folded", "--tree", "-o", "x.svg"], ["a.folded", "--include", "(["],
      ["a.folded", "--width", "3"], ["a.folded", "-o", "x.unknown"],
      ["a.folded", "--fontsize", "nan"], ["a.folded", "--fonttype", "a;b"],
      ["a.folded", "--height", "10", "--fontsize", "10"],
    ])
    func wrongUse(arguments: [String]) async throws {
      let folder = try folder()
      let result = try await Flameback.run(["report"] + arguments, in: folder.path)
      #expect(result.exit == .code(2), "\(result)")
    }

    /// Options of flamegraph.pl and stackcollapse-perf.pl work, or the message names the option that replaces them.
    @Test(
      arguments: [
        "--title=T", "--subtitle=S", "--width=800", "--height=20", "--minwidth=0.1",
        "--fonttype=Arial", "--fontsize=10", "--fontwidth=0.6", "--countname=bytes",
        "--nametype=Name:", "--colors=java", "--color=mem", "--bgcolors=grey", "--hash", "--random",
        "--cp", "--reverse", "--inverted", "--flamechart", "--negate", "--notes=N",
        "--encoding=UTF-8", "--nameattr=F", "--total=9", "--factor=2", "--search-color=red",
        "--help",
        // Those of stackcollapse-perf.pl; --pid has another meaning here.
        "--tid", "--kernel", "--jit", "--all", "--addrs", "--inline", "--context",
        "--event-filter=cycles", "--srcline",
      ])
    func optionsOfOtherToolsWorkOrAreExplained(option: String) async throws {
      let folder = try folder()
      let result = try await report(folder, "a.folded", "-o", "a.svg", option)
      if result.exit == .code(0) { return }
      #expect(result.exit == .code(2))
      #expect(!result.messages.contains("see flameback help"), "\(result.messages)")
    }

    @Test func optionsChangeThePicture() async throws {
      let folder = try folder(["order.folded": "a;b 1\na;c 2\na;b 3\n"])
      func picture(_ arguments: String...) async throws -> FlameGraphPicture {
        let result = try await Flameback.run(
          ["report"] + arguments + ["-o", "p.svg"], in: folder.path)
        #expect(result.exit == .code(0), "\(result)")
        return try FlameGraphPicture(Data(folder.text(of: "p.svg").utf8))
      }
      let text = { try folder.text(of: "p.svg") }
      _ = try await picture("order.folded")
      #expect(try text().components(separatedBy: ">b</text>").count == 2)
      _ = try await picture("order.folded", "--flamechart")
      #expect(try text().components(separatedBy: ">b</text>").count == 3)
      /// The distance of a box from the top of the picture.
      func height(of name: String) throws -> Double {
        let lines = try text().split(separator: "\n")
        let line = try #require(lines.first { $0.hasSuffix(">\(name)</text>") })
        return try #require(Double(line.split(separator: "y=\"")[1].split(separator: "\"")[0]))
      }
      _ = try await picture("a.folded")
      #expect(try height(of: "malloc") < height(of: "main"))
      _ = try await picture("a.folded", "--inverted", "--colors", "mem")
      #expect(try height(of: "malloc") > height(of: "main"))
      let reversed = try await picture("a.folded", "--reverse")
      #expect(reversed.total == 100)
      #expect(try height(of: "malloc") < height(of: "main"))
      #expect(try height(of: "all") < height(of: "malloc"))
      _ = try await picture(
        "a.folded", "--height", "24", "--fontsize", "14", "--fonttype", "Hack", "--notes", "a<b")
      #expect(try height(of: "main") - height(of: "parse") == 24)
      #expect(try text().contains("<desc>a&lt;b</desc>"))
      #expect(try text().contains(" font-size=\"14\" font-family=\"Hack, ui-monospace"))
    }

    @Test func hostileInputDoesNotSteerTheTerminal() async throws {
      let folder = try folder(["h.folded": "\u{1b}[31mred\u{202e};a\u{9b}b 3\n"])
      for arguments in [["h.folded"], ["h.folded", "--tree"], ["h.folded", "-o", "-"]] {
        let result = try await Flameback.run(["report"] + arguments, in: folder.path)
        #expect(result.exit == .code(0))
        let steering = result.output.unicodeScalars.filter {
          $0.value != 10
            && ($0.value < 0x20 || (0x7f..<0xa0).contains($0.value) || $0.value == 0x202e)
        }
        #expect(steering.isEmpty)
      }
    }
  }
}
