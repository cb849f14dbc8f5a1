// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import ProfileModel

/// A profile's SVG with all frames.
func picture(_ profile: Profile, title: String? = nil) throws -> [UInt8] {
  try SVGFlameGraph(
    CallTree(profile), PictureText(profile, title: title), options: .init(payloadLimit: nil)
  ).bytes()
}

func page(_ profile: Profile) throws -> [UInt8] {
  try HTMLPage(CallTree(profile, grouping: .processesAndThreads), PictureText(profile)).bytes()
}
