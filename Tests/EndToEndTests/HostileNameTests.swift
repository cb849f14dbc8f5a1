// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// Thread names made to break a picture, a terminal, a line or a path.
  @Suite struct HostileNameTests {
    @Test func everyOutputStaysWellFormed() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("hostile"), "2"])
      // RecordedRun has read them all, and compared their totals. A second opinion on the XML:
      let xmllint = try ChildProcess("xmllint", ["--noout", "--nonet", run.folder("out.svg")])
      #expect(try await xmllint.waitForExit() == .code(0))
      #expect(run.folded.comms.count > 8)
      expectMost(run.folded.count(of: "burn_named"), of: run.folded.total)
      for name in ["out.svg", "out.folded"] {
        let bytes = try #require(FileManager.default.contents(atPath: run.folder(name)))
        expectPrintable(bytes, in: name)
      }
      expectPrintable(Data(run.result.messages.utf8), in: "stderr")
    }

    @Test func aHostileNameInMessagesAndFileName() async throws {
      let program = try SampleProgram("hostile", ["60"])
      for _ in 0..<10 {
        let folder = try TemporaryFolder()
        let result = try await Flameback.run(
          ["record", "-p", "\(program.pid)", "-d", "0.5", "-F", "499"], in: folder.path)
        #expect(result.exit == .code(0), "\(result)")
        expectPrintable(Data(result.messages.utf8), in: "stderr")
        let contents = try folder.contents
        #expect(contents.count == 1)
        #expect(
          contents.allSatisfy { $0.wholeMatch(of: /flameback-[\w.+-]+\.svg/) != nil }, "\(contents)"
        )
      }
    }

    /// A command whose own name is hostile, and does not exist.
    @Test func aHostileCommandLine() async throws {
      let result = try await Flameback.run(["record", "--", "\u{1b}[31mred\u{202e}\u{9b}2J"])
      #expect(result.exit == .code(127))
      expectPrintable(Data(result.messages.utf8), in: "stderr")
    }

    /// Nothing but newlines steers a terminal or a reader: no C0, DEL, C1 or bidirectional marks.
    private func expectPrintable(_ bytes: Data, in name: String) {
      guard let text = String(data: bytes, encoding: .utf8) else {
        Issue.record("\(name) is not UTF-8")
        return
      }
      let steering = text.unicodeScalars.filter { scalar in
        switch scalar.value {
        case 0x0a: false
        case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
      }
      #expect(steering.isEmpty, "\(name): \(steering.map { String($0.value, radix: 16) })")
    }
  }
}
