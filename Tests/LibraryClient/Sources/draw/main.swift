// SPDX-License-Identifier: Apache-2.0

import Flameback

func draw(_ input: String, to output: String) throws {
  let profile = try FlameProfile(contentsOf: input)
  print("\(profile.total) \(profile.shownMetric.name) of \(profile.metrics.map(\.name))")
  let ofWork = profile.filtered { $0.frames.contains { $0.function == "work" } }
  print("\(ofWork.total) below work")
  try profile.write(to: output)
}

try draw(CommandLine.arguments[1], to: CommandLine.arguments[2])
