// SPDX-License-Identifier: Apache-2.0

import Flameback

let profile = try FlameProfile(contentsOf: CommandLine.arguments[1])
print("\(profile.total) \(profile.shownMetric.name) of \(profile.metrics.map(\.name))")
let ofWork = profile.filtered { $0.frames.contains { $0.function == "work" } }
print("\(ofWork.total) below work")
try profile.write(to: CommandLine.arguments[2])
