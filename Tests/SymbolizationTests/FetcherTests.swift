// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import ProfileModel
import System
import TestSupport
import Testing

@testable import Symbolization

/// Whom the fetcher of debug files runs as, and how its files come into root's cache.
@Suite struct FetcherTests {
  let folder: TemporaryFolder
  let program: CompiledProgram

  init() throws {
    folder = try TemporaryFolder()
    let source = try folder.file("a.cc", cxxSource)
    program = try CompiledProgram(folder, "g++ -O2 -Wl,--build-id -o @ \(source)")
  }

  private func id() throws -> BuildID { try #require(try program.image().buildID) }

  @Test func rootIsReplaced() {
    let user = Invoker.Owner(user: 1000, group: 100)
    let root = Invoker.Owner(user: 0, group: 0)
    func identity(
      _ invoker: Invoker.Owner?, isRoot: Bool = true, namesCache: Bool = false,
      home: String? = "/home/a"
    ) -> FetcherIdentity {
      .of(isRoot: isRoot, invoker: invoker, namesCache: namesCache) { _ in home }
    }
    #expect(identity(nil, isRoot: false) == .caller)
    #expect(identity(user) == .invoker(user, home: "/home/a"))
    #expect(identity(user, home: nil) == .ownUser)
    #expect(identity(user, namesCache: true) == .ownUser)
    #expect(identity(root) == .ownUser && identity(nil) == .ownUser)
  }

  /// The fetcher may have been taken over: it can leave anything in its folder.
  @Test func onlyTheRequestedFileIsTaken() throws {
    let fetched = try FetchFolder()
    let inner = "\(fetched.path)/\(try id())"
    let path = inner + "/debuginfo"
    try run("sh", "-ec", "mkdir \(inner); cp \(program.path) \(path)")
    #expect(fetched.file(of: try id())?.size == (try program.open()).size)
    let other = try #require(BuildID([1, 2, 3]))
    try run("sh", "-ec", "cp -r \(inner) \(fetched.path)/\(other)")
    #expect(fetched.file(of: other) == nil)
    try run("sh", "-ec", "ln -sf \(program.path) \(path)")
    #expect(fetched.file(of: try id()) == nil)
    try run("sh", "-ec", "rm \(path); mkfifo \(path)")
    #expect(fetched.file(of: try id()) == nil)
    try run(
      "sh", "-ec",
      "rm -r \(inner); mkdir \(folder("b")); cp \(program.path) \(folder("b/debuginfo"))")
    try run("sh", "-ec", "ln -s \(folder("b")) \(inner)")
    #expect(fetched.file(of: try id()) == nil)
    if geteuid() == 0 {
      try run("sh", "-ec", "rm \(inner); mkdir \(inner); cp \(program.path) \(path)")
      #expect(fetched.file(of: try id()) != nil)
      chown(path, 65534, 65534)
      #expect(fetched.file(of: try id()) == nil)
    }
  }

  @Test func theFolderIsRemovedWithoutFollowingLinks() throws {
    let path = try withExtendedLifetime(FetchFolder()) { fetched in
      try run(
        "sh", "-ec",
        "cd \(fetched.path); mkdir a b; touch a/x c; ln -s \(folder.path) d; ln -s \(folder.path) b/e"
      )
      return fetched.path
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(FileManager.default.fileExists(atPath: program.path))
  }

  @Test func filesStayInTheCacheWhileTheyAreUsed() throws {
    let cache = DebugFileCache(folder: folder("new/cache"))
    let other = try #require(BuildID([0xab, 0xcd]))
    for id in [try id(), other] { #expect(cache.take(try program.open(), as: id)) }
    let path = DebugFiles.cached(try id(), in: cache.folder)
    #expect(FileManager.default.contentsEqual(atPath: path, andPath: program.path))
    _ = try folder.file("new/cache/max_unused_age_s", "604800")
    let weekAgo = timespec(tv_sec: Int(Date().timeIntervalSince1970) - 8 * 24 * 3600, tv_nsec: 0)
    let now = timespec(tv_sec: weekAgo.tv_sec + 8 * 24 * 3600, tv_nsec: 0)
    utimensat(AT_FDCWD, path, [weekAgo, weekAgo], 0)
    utimensat(AT_FDCWD, DebugFiles.cached(other, in: cache.folder), [now, weekAgo], 0)
    cache.removeUnused()
    let left = try FileManager.default.contentsOfDirectory(atPath: cache.folder).sorted()
    #expect(left == ["abcd", "max_unused_age_s"])
  }
}
