// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// Whatever ends it, nothing of it stays in the kernel, and no child.
  @Suite(.enabled(if: geteuid() == 0, "listing BPF programs needs root"))
  struct LeftoverTests {
    @Test func nothingStaysAfterSIGKILL() async throws {
      let split = try SampleProgram("split", ["60"])
      for _ in 0..<5 {
        let folder = try TemporaryFolder()
        let flameback = try Flameback(
          ["record", "-p", "\(split.pid)"] + RecordedRun.outputArguments(in: folder))
        try await flameback.isSampling()
        let objects = KernelObjects.held(by: flameback.pid)
        #expect(!objects.programs.isEmpty && !objects.maps.isEmpty && !objects.links.isEmpty)
        #expect(try await objects.remaining() == objects)
        flameback.child.send(SIGKILL)
        #expect(try await flameback.finish().exit == .signal(SIGKILL))
        try await isGone(objects)
        #expect(try folder.contents == [])
      }
    }

    @Test func nothingStaysAfterANormalEnd() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-p", "\(split.pid)", "-d", "0.5"] + RecordedRun.outputArguments(in: folder))
      try await flameback.isSampling()
      let objects = KernelObjects.held(by: flameback.pid)
      _ = try await RecordedRun(flameback, folder)
      try await isGone(objects)
      // All that it started was in its process group.
      #expect(kill(-flameback.pid, 0) == -1 && errno == ESRCH)
    }

    /// The kernel takes programs apart after a grace period of its own.
    private func isGone(_ objects: KernelObjects) async throws {
      let deadline = ContinuousClock.now + .seconds(30)
      var remaining = try await objects.remaining()
      while !remaining.isEmpty && ContinuousClock.now < deadline {
        remaining = try await objects.remaining()
      }
      #expect(remaining == KernelObjects())
    }
  }
}
