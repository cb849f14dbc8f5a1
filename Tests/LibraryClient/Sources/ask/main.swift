// SPDX-License-Identifier: Apache-2.0

import Flameback
import FlamebackRecorder

do {
  let recorder = try Recorder(program: CommandLine.arguments[1])
  let profile = try recorder.record(.wholeMachine, seconds: 1)
  try profile.write(to: CommandLine.arguments[2])
  print("\(profile.total) samples of \(profile.target)")
} catch let error as RecordingError {
  print("nothing was recorded: \(error)")
}
