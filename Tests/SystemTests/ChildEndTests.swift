// SPDX-License-Identifier: Apache-2.0

import Foundation
import System
import TestSupport
import Testing

/// Waiting for a child ends with the child, or with its time.
@Suite struct ChildEndTests {
  private func child(_ program: String, _ argument: String) throws -> pid_t {
    var pid: pid_t = 0
    var arguments = [strdup(program), strdup(argument), nil]
    defer { for pointer in arguments { free(pointer) } }
    try #require(posix_spawnp(&pid, program, nil, nil, &arguments, environ) == 0)
    return pid
  }

  @Test func itEndsWithTheChild() throws {
    let end = try #require(childEnd(of: try child("sh", "/nowhere/script"), within: 600_000))
    #expect(end.status >> 8 & 0xff > 0 && end.status & 0x7f == 0)
  }

  @Test func aChildThatDoesNotEndIsLeftBehind() throws {
    let pid = try child("sleep", "3600")
    #expect(childEnd(of: pid, within: 0)?.status == nil)
    #expect(childEnd(of: pid, within: 20)?.status == nil)
    kill(pid, SIGKILL)
    #expect(try #require(childEnd(of: pid, within: 600_000)).status & 0x7f == SIGKILL)
    #expect(childEnd(of: pid, within: 600_000)?.status == nil, "it was reaped already")
  }
}
