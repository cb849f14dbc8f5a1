// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Names of functions, by language and by the way in which their code is mapped.
  @Suite struct NamesTests {
    @Test func cxxNamesAreDemangled() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("templates"), "3"])
      let truths = try [
        ("shapes::Polygon<int>::area", run.printed.number("Polygon<int>")),
        ("shapes::Polygon<double>::area", run.printed.number("Polygon<double>")),
        ("main::{lambda(unsigned long)#1}::operator()", run.printed.number("lambda")),
      ]
      for output in run.outputs {
        for (name, truth) in truths {
          expectShare(output.count { $0.hasPrefix(name) }, of: output.total, is: truth)
        }
        #expect(output.count { $0.hasPrefix("_Z") } == 0)
      }
    }

    @Test func swiftNamesAreDemangled() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("swiftburn"), "3"])
      for output in run.outputs {
        let truths = [("Orchard.harvest", "harvest"), ("Basket.sort", "sort"), ("press(", "press")]
        for (name, key) in truths {
          let truth = try run.printed.number(key)
          expectShare(output.count { $0.contains(name) }, of: output.total, is: truth)
        }
        #expect(output.count { $0.hasPrefix("$s") } == 0)
      }
    }

    @Test func codeThatIsLoadedLaterIsNamed() async throws {
      let dlopener = try SampleProgram("dlopener", ["3"])
      // CPU time from before the first sample is not in the profile.
      let missed = try await dlopener.stop()
      let run = try await RecordedRun(continuing: dlopener, ["-F", "999"])
      let before = (1.5 - missed) / (3 - missed)
      for output in run.outputs {
        for (function, share) in [("before_dlopen", before), ("plugin_work", 1 - before)] {
          expectShare(
            output.count(of: function), of: output.total, is: share, missing: try run.missing)
        }
        #expect(output.count(of: "burn_in_plugin") > 0)
      }
      let box = run.picture.functions.first { $0.name == "plugin_work" }
      #expect(box?.module == "libplugin.so")
    }

    @Test func bothProgramsOfAnExecAreNamed() async throws {
      let split = SampleProgram.path("split")
      let execer = try SampleProgram("execer", ["1.5", split, "1.5"])
      _ = try await execer.stop()
      let run = try await RecordedRun(continuing: execer, ["-F", "999"])
      func count(_ comm: String, _ frame: String) -> Int {
        run.folded.samples { line in
          line.comm == comm && line.frames.contains(frame)
        }
      }
      #expect(count("execer", "burn_before") > 1000)
      #expect(count("split", "path_a") > 600)
      #expect(count("split", "burn_before") == 0)
      #expect(count("execer", "path_a") == 0)
      let inNone = run.folded.count { $0.hasPrefix("[unknown]") }
      #expect(inNone * 100 < run.folded.total)
    }

    /// A program whose file is removed during the recording. T8 has files that are changed before.
    @Test(arguments: [true, false])
    func aDeletedProgramIsNamed(isDeletedBefore: Bool) async throws {
      let folder = try TemporaryFolder()
      let copy = try folder.copy(of: SampleProgram.path("split"), as: "gone")
      let program = try SampleProgram(path: copy, ["60"])
      try await program.burns(1_000_000)
      if isDeletedBefore { unlink(copy) }
      let outputs = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-p", "\(program.pid)", "-F", "999", "-d", "1"]
          + RecordedRun.outputArguments(in: outputs))
      if !isDeletedBefore {
        try await flameback.isSampling()
        unlink(copy)
      }
      let run = try await RecordedRun(flameback, outputs)
      expectMost(run.folded.count(ofPath: ["main"]), of: run.folded.total)
      expectMost(run.folded.count(of: "path_a"), of: run.folded.total, atLeast: 0.4)
    }

    /// Without symbols a frame is its module and the function in it, by where that begins.
    @Test func aStrippedProgramShowsItsModule() async throws {
      let folder = try TemporaryFolder()
      let copy = folder("bare")
      let strip = try ChildProcess("strip", ["-s", "-o", copy, SampleProgram.path("split")])
      try #require(try await strip.waitForExit() == .code(0))
      let recorded = try await RecordedRun(["-F", "999", "--", copy, "3"])
      let bare = recorded.folded.count { $0.wholeMatch(of: /bare\+0x[0-9a-f]+\(\)/) != nil }
      expectMost(bare, of: recorded.folded.total)
      // The functions are those of the program before it was stripped: as many boxes, with true shares.
      let list = try run("nm", SampleProgram.path("split"))
      for letter in ["a", "b", "c"] {
        let symbol = try #require(
          list.split(separator: "\n").first { $0.hasSuffix(" path_\(letter)") })
        let start = try #require(UInt64(symbol.prefix { $0 != " " }, radix: 16))
        let truth = try recorded.printed.number("path_\(letter)")
        for output in recorded.outputs {
          expectShare(
            output.count(of: "bare+0x\(String(start, radix: 16))()"), of: output.total, is: truth)
        }
      }
      #expect(recorded.folded.count(of: "path_a") == 0)
      #expect(try recorded.statistics.count("frames.module_only") >= bare)
      #expect(try recorded.statistics.count("frames.limited_modules.no_symbols") == 1)
      let line = recorded.result.messages.split(separator: "\n").first {
        $0.contains("  unnamed  ")
      }
      #expect(line?.contains("bare in ") == true && line?.contains("--debug-dir") == true)
    }

    /// The file is stripped, and belongs to a Debian package.
    @Test func aPackagedProgramSaysWhichPackageHasItsSymbols() async throws {
      // Perl's regular expression matcher is a static function.
      let work = "$text = 'word ' x 100; for (1..20000) { $text =~ /(\\w+ )+\\d/ }"
      let run = try await RecordedRun(["-F", "999", "--", "/usr/bin/perl", "-e", work])
      #expect(run.folded.count { $0.wholeMatch(of: /perl\+0x[0-9a-f]+\(\)/) != nil } > 0)
      // Its symbols are in perl-debug: of this build, or of a newer one that apt's lists have.
      let advice = /perl in [0-9.]+ % of .*(apt install (perl-base )?perl-debug|apt update)/
      #expect(run.result.messages.firstMatch(of: advice) != nil, "\(run.result)")
    }

    @Test func codeWithoutAMapIsReported() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("jit"), "1"])
      #expect(run.folded.count(of: "[anonymous]") > 0)
      #expect(run.result.messages.contains("code_untold"), "\(run.result.messages)")
    }

    @Test func sourceFilesAndBuildIDsAreKnown() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split"), "1"])
      let program = run.pprof.mappings[1]
      #expect(program?.file == SampleProgram.path("split"))
      #expect(program?.buildID.wholeMatch(of: /[0-9a-f]{40}/) != nil)
    }
  }
}
