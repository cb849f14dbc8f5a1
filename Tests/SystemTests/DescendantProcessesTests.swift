// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import System

/// The children of processes, and theirs.
@Suite struct DescendantProcessesTests {
  /// A shell that has started another one, which has started a program; their ids, outermost first.
  private static func withFamily(_ body: ([Int32]) throws -> Void) throws {
    let child = Process()
    child.executableURL = URL(filePath: "/bin/sh")
    child.arguments = ["-c", "sh -c 'sleep 3600 & echo $$ $!; wait' & wait"]
    let output = Pipe()
    child.standardOutput = output
    try child.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let family =
      [child.processIdentifier]
      + line.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    defer {
      for pid in family { kill(pid, SIGKILL) }
      child.waitUntilExit()
    }
    try #require(family.count == 3)
    try body(family)
  }

  @Test func childrenAndTheirChildrenAreFound() throws {
    try Self.withFamily { family in
      #expect(descendants(of: [family[0]]) == Set(family))
      #expect(descendants(of: [family[1]]) == Set(family[1...]))
      #expect(descendants(of: [family[2]]) == [family[2]])
      #expect(descendants(of: [family[2], family[1]]) == Set(family[1...]))
      // This process has started the first one, by any of its threads.
      #expect(descendants(of: [getpid()]).isSuperset(of: family))
    }
  }

  /// Only then are the parents of all processes not read.
  @Test func aProcessWithoutChildrenIsKnown() throws {
    try Self.withFamily { family in
      #expect(family.map(isChildless) == [false, false, true])
      #expect(!isChildless(getpid()))
    }
    #expect(!isChildless(4_100_001), "there is no such process")
  }

  @Test func withoutRootsThereAreNone() {
    #expect(descendants(of: []).isEmpty)
  }
}
