// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import Testing

/// A FUSE file system without a server: each access waits.
@Suite(.enabled(if: geteuid() == 0, "mounting needs root"))
struct DeadFileSystemTests {
  @Test func aNameInItIsGivenUp() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "dead-\(UUID())").path
    mkdir(folder, 0o755)
    defer { rmdir(folder) }
    let server = open("/dev/fuse", O_RDWR)
    try #require(server >= 0)
    defer { close(server) }
    try #require(
      mount("dead", folder, "fuse", 0, "fd=\(server),rootmode=40000,user_id=0,group_id=0") == 0)
    defer { umount2(folder, 2) }

    #expect(throws: AbsenceReason.remote) { _ = try openRegularFile(folder + "/file", in: "/") }
  }
}
