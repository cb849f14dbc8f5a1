// SPDX-License-Identifier: Apache-2.0

import Foundation
import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

/// The picture in a real browser: `Browser/zoom.py` drives headless Chromium.
struct BrowserTests {
  @Test(.timeLimit(.minutes(3))) func zoomAndReset() throws {
    let folder = try TemporaryFolder()
    let server = try folder.file("server.svg", SVGFlameGraph(serverProfile()).bytes())
    let hostile = try folder.file("hostile.svg", SVGFlameGraph(hostileProfile()).bytes())
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Browser/zoom.py").path
    // Debian's Python, which has Debian's selenium.
    let result = try Tool.run("/usr/bin/python3", [script, server, hostile])
    #expect(result.status == 0, "\(result.text)\(result.messages)")
    #expect(result.text.hasSuffix("ok\n"))
  }
}
