// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A file system in memory, mounted on a folder of its own as long as this object lives.
final class TemporaryFileSystem {
  let folder: TemporaryFolder
  var path: String { folder.path }

  /// - Parameter options: As for `mount -o`, such as `size=64k`.
  init(options: String) async throws {
    folder = try TemporaryFolder()
    let mount = try ChildProcess("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder.path])
    try #require(try await mount.waitForExit() == .code(0), "mount -t tmpfs")
  }

  deinit { umount2(folder.path, Int32(MNT_DETACH)) }

  /// Leaves no room for another byte.
  func fill() throws {
    let file = open(folder("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    let page = [UInt8](repeating: 0, count: 4096)
    while write(file, page, page.count) > 0 {}
    try #require(errno == ENOSPC)
  }
}
