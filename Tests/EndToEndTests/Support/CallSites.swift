// SPDX-License-Identifier: Apache-2.0

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
    let tool = try await BenchmarkTool("call_sites", [run.folder("out.pb.gz")])
    try #require(tool.exit == .code(0) || tool.exit == .code(1), "\(tool.messages)")
    report = tool.output
    let values = tool.printed
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
