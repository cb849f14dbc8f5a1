// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Where the return addresses of a run's stacks lie: behind call instructions, if they are true.
struct CallSites {
  /// Return addresses, each as often as samples went through it.
  var checked: Int
  var right: Int
  /// In files that could not be read.
  var unreadable: Int
  /// The places that are wrong, for people.
  var report: String

  /// Reads the run's pprof file, and the programs it tells of, by the tool of the benchmark.
  init(of run: RecordedRun) async throws {
    let folder = try TemporaryFolder()
    let tool = try ChildProcess(
      "python3", [Flameback.package + "/Benchmarks/call_sites.py", run.folder("out.pb.gz")],
      output: folder("report"), messages: folder("messages"))
    let exit = try await tool.waitForExit()
    report = try folder.text(of: "report")
    let messages = try folder.text(of: "messages")
    try #require(exit == .code(0) || exit == .code(1), "\(messages)")
    let values = PrintedValues(report)
    checked = Int(try values.number("checked"))
    right = Int(try values.number("right"))
    unreadable = Int(try values.number("unreadable"))
  }
}

/// Expects that all callers in the run's stacks are where a call is: every one, in every sample.
func expectCallSites(
  _ run: RecordedRun, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let sites = try await CallSites(of: run)
  #expect(sites.right == sites.checked, "\(sites.report)", sourceLocation: sourceLocation)
  #expect(sites.checked > run.folded.total, sourceLocation: sourceLocation)
  #expect(sites.unreadable * 1000 < sites.checked, sourceLocation: sourceLocation)
}
