// SPDX-License-Identifier: Apache-2.0

import FlamebackRecorder
import TestSupport
import Testing

extension EndToEnd {
  /// The library FlamebackRecorder with the real program.
  @Suite struct RecorderTests {
    @Test func aProcessIsRecordedThroughAPipe() async throws {
      let split = try SampleProgram("split", ["60"])
      try await split.burns()
      var options = Recorder.Options()
      options.frequency = 499
      let profile = try Recorder(program: Flameback.binary)
        .record(.processes([split.pid]), seconds: 0.5, options: options)
      #expect(profile.target.contains("\(split.pid)"))
      #expect(profile.metrics.map(\.name) == ["cpu"])
      #expect(profile.shownMetric.unit == "nanoseconds")
      #expect(profile.lostSamples == 0)
      #expect(try #require(profile.duration) >= 500_000_000)
      let below = profile.filtered { $0.frames.contains { $0.function == "path_a" } }
      expectMost(Int(below.total), of: Int(profile.total), atLeast: 0.4)
    }

    @Test func theProgramSaysWhyItRecordedNothing() throws {
      let error = #expect(throws: RecordingError.self) {
        try Recorder(program: Flameback.binary).record(.processes([0x3fff_ffff]), seconds: 0.1)
      }
      #expect(error?.kind == .programFailed)
      #expect(error?.description.contains("1073741823") == true)
    }
  }
}
