// SPDX-License-Identifier: Apache-2.0

import CShims
import Foundation
import ObjectFiles
import Testing

/// A FUSE file system without a server: each access waits.
@Suite(.enabled(if: geteuid() == 0, "mounting needs root"))
struct DeadFileSystemTests {
  @Test func aNameInItIsGivenUp() throws {
    try withDeadFileSystem { folder, _ in
      #expect(throws: AbsenceReason.remote) { _ = try openRegularFile(folder + "/file", in: "/") }
    }
  }

  /// Its root folder is known. A call that asks for more waits until the connection is closed, and then fails.
  @Test func whatTheKernelKnowsIsNotAskedFor() throws {
    try withDeadFileSystem { folder, server in
      let place = open(folder, CInt(FB_O_PATH))
      try #require(place >= 0)
      defer { close(place) }
      let ending = DispatchWorkItem { close(server) }
      DispatchQueue.global().asyncAfter(deadline: .now() + 20, execute: ending)
      var status = stat()
      #expect(fb_known_status(place, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
      ending.cancel()
    }
  }

  /// What is known of a file is what stat(2) says.
  @Test func whatIsKnownIsTrue() throws {
    let path = "/proc/self/exe"
    let place = open(path, CInt(FB_O_PATH))
    try #require(place >= 0)
    defer { close(place) }
    var known = stat()
    var status = stat()
    try #require(fb_known_status(place, &known) == 0 && stat(path, &status) == 0)
    #expect(known.st_dev == status.st_dev && known.st_ino == status.st_ino)
    #expect(known.st_mode == status.st_mode && known.st_nlink == status.st_nlink)
    #expect(known.st_uid == status.st_uid && known.st_gid == status.st_gid)
    #expect(known.st_size == status.st_size)
    #expect(known.st_ctim.tv_sec == status.st_ctim.tv_sec)
    #expect(known.st_ctim.tv_nsec == status.st_ctim.tv_nsec)
    #expect(known.st_mtim.tv_nsec == status.st_mtim.tv_nsec)
  }

  /// Calls `body` with the path of a mount, and the descriptor of which closing ends its connection.
  private func withDeadFileSystem(_ body: (String, CInt) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "dead-\(UUID())").path
    mkdir(folder, 0o755)
    defer { rmdir(folder) }
    let server = open("/dev/fuse", O_RDWR)
    try #require(server >= 0)
    defer { close(server) }
    try #require(
      mount("dead", folder, "fuse", 0, "fd=\(server),rootmode=40000,user_id=0,group_id=0") == 0)
    defer { umount2(folder, 2) }
    try body(folder, server)
  }
}
