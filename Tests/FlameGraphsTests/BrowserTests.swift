// SPDX-License-Identifier: Apache-2.0

import Foundation
import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

/// Pictures and pages in headless Chromium, which `Browser/check.py` drives.
struct BrowserTests {
  @Test(.timeLimit(.minutes(5))) func viewer() throws {
    let folder = try TemporaryFolder()
    let realistic = realisticProfile(stacks: 600)
    for (name, profile) in [
      ("server", serverProfile()), ("hostile", hostileProfile()), ("realistic", realistic),
    ] {
      _ = try folder.file("\(name).svg", picture(profile))
      _ = try folder.file("\(name).html", page(profile))
    }
    var capped = PictureOptions()
    capped.payloadLimit = 8_000
    _ = try folder.file("capped.svg", SVGWriter(options: capped).bytes(of: realistic))
    _ = try folder.file("large.svg", picture(realistic, options: largeOptions))
    var large = largeOptions
    (large.notes, large.nameType) = ("Read <b>this</b>.", "Function:")
    _ = try folder.file("large.html", HTMLWriter(options: large).bytes(of: serverProfile()))
    _ = try folder.file("metrics.svg", picture(twoMetricsProfile()))
    _ = try folder.file("metrics.html", page(twoMetricsProfile()))
    _ = try folder.file("waits.html", page(waitsProfile()))
    _ = try folder.file("stripped.html", page(strippedProfile()))
    _ = try folder.file("split.html", page(splitServerProfile()))
    _ = try folder.file("stacks", stacks(realistic))
    _ = try folder.file("timed.html", page(timedServerProfile()))
    _ = try folder.file("times", times(timedServerProfile()))
    _ = try folder.file("difference.svg", differencePicture())
    _ = try folder.file("difference.html", differencePage())
    let hostile = CallTreeDifference(
      before: CallTree(hostileProfile()), after: CallTree(serverProfile()), basis: .shares)
    _ = try folder.file(
      "hostile-difference.html",
      HTMLWriter().bytes(of: Drawing(hostile, PictureText(hostileProfile()))))
    let rendered = try Tool.run("rsvg-convert", ["\(folder.path)/server.svg"])
    _ = try folder.file("server.png", rendered.output)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Browser/check.py").path
    // The Python of Debian, which has the selenium of Debian.
    let result = try Tool.run("/usr/bin/python3", [script, folder.path])
    #expect(result.status == 0, "\(result.text)\(result.messages)")
    #expect(result.text.hasSuffix("ok\n"))
  }

  /// A line for each sample that has a time: `microseconds \t thread \t leaf`.
  private func times(_ profile: Profile) -> String {
    profile.samples.flatMap { sample in
      let leaf = profile.stacks[sample.stack].frames.first
      let name = leaf.map { profile.functions[profile.frames[$0].function].name } ?? ""
      return sample.times.map { "\($0 / 1000)\t\(sample.comm) \(sample.threadID)\t\(name)\n" }
    }.joined()
  }

  /// A line for each sample, in which matches are counted: `name \u{1f} name … \t count`.
  private func stacks(_ profile: Profile) -> String {
    profile.samples.map { sample in
      let stack = profile.stacks[sample.stack]
      var names = [sample.comm]
      if let truncation = stack.truncation { names.append(truncation.frameName) }
      names += stack.frames.reversed().map { profile.functions[profile.frames[$0].function].name }
      return names.joined(separator: "\u{1f}") + "\t\(profile.count(of: sample))\n"
    }.joined()
  }
}
