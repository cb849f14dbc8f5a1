// SPDX-License-Identifier: Apache-2.0

import Flameback
import FlamebackRecorder
import Glibc
import Testing

@Suite struct RecorderTests {
  /// A stand-in for the program: a script that prints its arguments, or fails.
  private func script(_ text: String) throws -> String {
    let path = "/tmp/flameback-recorder-\(UInt64.random(in: 0 ... .max))"
    let file = try #require(fopen(path, "w"))
    fputs("#!/bin/sh\n\(text)\n", file)
    fclose(file)
    chmod(path, 0o755)
    return path
  }

  @Test func theProfileComesThroughThePipe() throws {
    let path = try script("shift; echo \"$*\" | tr ' ' '_' | sed 's/$/ 3/'")
    defer { unlink(path) }
    var options = Recorder.Options()
    options.frequency = 999
    let profile = try Recorder(program: path).record(
      .processes([1, 2]), seconds: 0.5, options: options)
    #expect(profile.total == 3)
    let expected = "--quiet_-f_json_-o_-_-d_0.5s_-F_999_-p_1,2"
    #expect(profile.stacks.map { $0.frames.map(\.function) } == [[expected]])
  }

  @Test func theProgramsOwnMessageIsPassedOn() throws {
    let path = try script("echo 'flameback: needs CAP_BPF' >&2; exit 3")
    defer { unlink(path) }
    let error = #expect(throws: RecordingError.self) {
      try Recorder(program: path).record(.wholeMachine, seconds: 1)
    }
    #expect(error?.kind == .privilegeMissing)
    #expect(error?.exitStatus == 3)
    #expect(error?.description == "flameback: needs CAP_BPF\n")
  }

  @Test func endlessOutputIsCutOff() throws {
    let path = try script("exec yes")
    defer { unlink(path) }
    var options = Recorder.Options()
    options.limits = ReadingLimits(bytes: 1 << 20)
    let error = #expect(throws: RecordingError.self) {
      try Recorder(program: path).record(.wholeMachine, seconds: 1, options: options)
    }
    #expect(error?.kind == .noProfile && error?.exitStatus == nil)
    #expect(error?.description.contains("more than 1048576 bytes") == true)
  }

  @Test func programsAreFoundByAbsolutePathsOnly() {
    let relative = #expect(throws: RecordingError.self) { try Recorder(program: "./flameback") }
    #expect(relative?.kind == .noProgram)
    let missing = #expect(throws: RecordingError.self) { try Recorder(program: "/no/flameback") }
    #expect(missing?.kind == .noProgram)
    let folder = #expect(throws: RecordingError.self) { try Recorder(program: "/usr/bin") }
    #expect(folder?.description == "/usr/bin is not a file")
  }
}
