// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// The first signal is a normal finish, the second abandons.
  @Suite struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func theFirstFinishes(signal: Int32) async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let flameback = try start(split, folder)
      try await flameback.isSampling()
      try await split.burns()
      flameback.child.send(signal)
      let run = try await RecordedRun(flameback, folder)
      #expect(run.folded.count(of: "path_a") > 0)
    }

    /// Two different ones, since the kernel keeps a second equal one only once.
    @Test func theSecondAbandons() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let flameback = try start(split, folder)
      try await flameback.isSampling()
      try await split.burns()
      // While it stands still: after the first it might be done before the second is sent.
      for signal in [SIGSTOP, SIGINT, SIGTERM, SIGCONT] { flameback.child.send(signal) }
      #expect(try await flameback.finish().exit == .code(130))
      #expect(try folder.contents == [])
    }

    /// At any moment of its life: the output is whole, or there is none.
    @Test func atAnyMoment() async throws {
      let split = try SampleProgram("split", ["60"])
      for milliseconds in stride(from: 0, to: 400, by: 25) {
        let folder = try TemporaryFolder()
        let flameback = try start(split, folder)
        // The moment is what is tested: there is no condition to wait for.
        try await Task.sleep(for: .milliseconds(milliseconds))
        let signal = milliseconds % 50 == 0 ? SIGINT : SIGTERM
        let takesSignals = flameback.child.blocks(signal)
        flameback.child.send(signal)
        let result = try await flameback.finish()
        switch result.exit {
        case .code(0):
          let folded = try FoldedStacks(folder.text(of: "out.folded"))
          #expect(folded.total > 0)
          #expect(try folder.contents == ["out.folded", "out.pb.gz", "out.svg", "stats.json"])
        case .code(1):
          #expect(try folder.contents == [], "\(milliseconds) ms: \(result)")
        default:
          // Before it has had the chance to ask for signals, one ends it as any program.
          #expect(try folder.contents == [])
          #expect(
            !takesSignals && result.exit == .signal(signal), "\(milliseconds) ms: \(result)")
        }
      }
    }

    private func start(_ target: SampleProgram, _ folder: TemporaryFolder) throws -> Flameback {
      try Flameback(
        ["record", "-p", "\(target.pid)", "-F", "999"] + RecordedRun.outputArguments(in: folder))
    }
  }
}
