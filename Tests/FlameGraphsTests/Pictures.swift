// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import ProfileModel
import TestSupport

/// A profile's SVG with all frames.
func picture(
  _ profile: Profile, title: String? = nil, look: PictureLook = PictureLook()
) throws -> [UInt8] {
  try SVGFlameGraph(
    CallTree(profile), PictureText(profile, title: title),
    options: .init(payloadLimit: nil, look: look)
  ).bytes()
}

/// In higher rows and larger letters than usual.
var largeLook: PictureLook {
  var look = PictureLook()
  look.rowHeight = 26
  look.font.size = 16
  look.font.family = "\"DejaVu Sans Mono\", monospace"
  return look
}

func page(_ profile: Profile) throws -> [UInt8] {
  try HTMLPage(
    CallTree(profile, grouping: .processesAndThreads, keepsTimes: true), PictureText(profile)
  ).bytes()
}

/// The server before and after a change: its parser is cheaper, a part of it gone, and a cache new.
func differencePicture() throws -> [UInt8] {
  try SVGFlameGraph(difference(), differenceText, options: .init(payloadLimit: nil)).bytes()
}

func differencePage() throws -> [UInt8] { try HTMLPage(difference(), differenceText).bytes() }

private let differenceText = PictureText(
  title: "CPU flame graph difference: after against before",
  subtitle: ["before: 1,000 samples", "after: 2,000 samples"])

private func difference() -> CallTreeDifference {
  CallTreeDifference(
    before: CallTree(serverProfile()), after: CallTree(changedServerProfile()), basis: .shares)
}
