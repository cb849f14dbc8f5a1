// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport

@testable import FlameGraphs

/// The SVG of a profile, with all frames.
func picture(
  _ profile: Profile, title: String? = nil, options: PictureOptions = PictureOptions()
) throws -> [UInt8] {
  var options = options
  options.payloadLimit = nil
  return try SVGWriter(options: options)
    .bytes(of: Drawing(CallTree(profile), PictureText(profile, title: title)))
}

/// Options with higher rows and larger letters than the defaults.
var largeOptions: PictureOptions {
  var options = PictureOptions()
  options.rowHeight = 26
  options.fontSize = 16
  options.fontFamily = "\"DejaVu Sans Mono\", monospace"
  return options
}

/// The page of a profile.
func page(_ profile: Profile) throws -> [UInt8] { try HTMLWriter().bytes(of: profile) }

/// The SVG of the difference of two servers: after a change its parser is cheaper, a part of it is gone,
/// and a cache is new.
func differencePicture() throws -> [UInt8] {
  var options = PictureOptions()
  options.payloadLimit = nil
  return try SVGWriter(options: options).bytes(of: Drawing(difference(), differenceText))
}

/// The page of the same difference.
func differencePage() throws -> [UInt8] {
  try HTMLWriter().bytes(of: Drawing(difference(), differenceText))
}

private let differenceText = PictureText(
  title: "CPU flame graph difference: after against before",
  subtitle: ["before: 1,000 samples", "after: 2,000 samples"])

private func difference() -> CallTreeDifference {
  CallTreeDifference(
    before: CallTree(serverProfile()), after: CallTree(changedServerProfile()), basis: .shares)
}

/// A profile of two metrics of different shape: `cpu` with 800 samples in `compute` and 200 in `load`,
/// `alloc` with 1 MiB in `load` and 3 MiB in `cache`.
func twoMetricsProfile() -> Profile {
  var builder = ProfileBuilder()
  let program = builder.module("/bin/program")
  let main = builder.frame("main", in: program)
  let values: [(name: String, values: SampleValues)] = [
    ("compute", [800, 0]), ("load", [200, 1 << 20]), ("cache", [0, 3 << 20]),
  ]
  for (name, _) in values {
    builder.sample("program", [main, builder.frame(name, in: program)], count: 1)
  }
  var profile = builder.profile
  profile.session.metrics = [
    .clock(pace: .frequency(99)), Metric(name: "alloc", unit: .bytes),
  ]
  for (index, entry) in values.enumerated() { profile.samples[index].values = entry.values }
  return profile
}

/// A profile of time on a CPU and of time that threads waited.
func waitsProfile() -> Profile {
  var profile = twoMetricsProfile()
  profile.session.metrics[1] = Metric(name: "futex-wait", unit: .nanoseconds)
  return profile
}

/// The payload of a drawing in the default colours.
func payload(_ drawing: Drawing, limit: Int?) throws -> Payload {
  try Payload(drawing, LabelColours(drawing.tree, .files), PictureOptions(), limit: limit)
}
