// SPDX-License-Identifier: Apache-2.0

import Testing

/// Checks return addresses of a run's stacks: a true one follows a call instruction.
struct CallSites {
  /// Checked return addresses, each counted once for each sample that has it.
  var checked: Int
  var right: Int
  /// Return addresses in files that could not be read.
  var unreadable: Int
  /// The wrong addresses, as text.
  var report: String

  /// Reads the run's pprof file and the programs in it, by call_sites.py.
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

/// Expects that every return address in every sample follows a call instruction.
func expectCallSites(
  _ run: RecordedRun, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let sites = try await CallSites(of: run)
  #expect(sites.right == sites.checked, "\(sites.report)", sourceLocation: sourceLocation)
  #expect(sites.checked > run.folded.total, sourceLocation: sourceLocation)
  #expect(sites.unreadable * 1000 < sites.checked, sourceLocation: sourceLocation)
}
