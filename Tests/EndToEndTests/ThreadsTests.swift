// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// samples/threads: three threads, named after their shares of the CPU time.
  @Suite struct ThreadsTests {
    private static let threads = [
      ("alpha-50", "burn_alpha"), ("beta-30", "burn_beta"), ("gamma-20", "burn_gamma"),
    ]

    @Test func sharesOfThreadsAreTrue() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("threads"), "3"])
      for (thread, burn) in Self.threads {
        let truth = try run.printed.number(thread)
        let byName = run.folded.samples { line in line.comm == thread }
        expectShare(byName, of: run.folded.total, is: truth)
        for output in run.outputs {
          expectShare(output.count(of: burn), of: output.total, is: truth)
        }
      }
    }

    @Test func labelsTellThreadsApart() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("threads"), "1"])
      for (thread, burn) in Self.threads {
        let tid = Int(try run.printed.number("tid_" + thread))
        let samples = run.pprof.samples.filter { $0.frames.contains(burn) }
        #expect(!samples.isEmpty)
        #expect(samples.allSatisfy { $0.labels["tid"] == "\(tid)" })
        #expect(samples.allSatisfy { $0.labels["thread_comm"] == thread })
      }
      let processes = Set(run.pprof.samples.map { $0.labels["pid"] })
      #expect(processes.count == 1)
    }
  }
}
