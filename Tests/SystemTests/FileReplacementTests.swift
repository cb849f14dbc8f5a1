// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import System

@Suite struct FileReplacementTests {
  @Test func replacesAFileAndALink() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("file", "old")
    try #require(symlink("file", folder("link")) == 0)
    try replaceFile(at: folder("link"), with: Array("new".utf8))
    #expect(try folder.text(of: "file") == "old")
    #expect(try folder.text(of: "link") == "new")
    try replaceFile(at: folder("file"), with: Array("newer".utf8))
    #expect(try folder.text(of: "file") == "newer")
    #expect(try folder.contents == ["file", "link"])
    var status = stat()
    #expect(lstat(folder("file"), &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  /// Another name for the old file keeps the old bytes.
  @Test func hardLinksAreNotWrittenThrough() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("file", "old")
    try #require(link(folder("file"), folder("other")) == 0)
    try replaceFile(at: folder("file"), with: Array("new".utf8))
    #expect(try folder.text(of: "other") == "old")
  }

  @Test(arguments: [
    ("", ENOENT), ("missing/file", ENOENT), ("file/x", ENOTDIR), ("folder/", EISDIR),
    ("loop/x", ELOOP), (String(repeating: "n", count: 300), ENAMETOOLONG),
  ])
  func errors(path: String, code: CInt) throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("file", "old")
    mkdir(folder("folder"), 0o755)
    try #require(symlink("loop", folder("loop")) == 0)
    let whole = path.isEmpty ? "" : folder(path)
    #expect {
      try replaceFile(at: whole, with: [1])
    } throws: { error in
      (error as? OutputPathError)?.systemError.code == code
    }
    #expect(try folder.contents == ["file", "folder", "loop"])
  }

  @Test func pathsWithLinksAndDots() throws {
    let folder = try TemporaryFolder()
    mkdir(folder("a"), 0o755)
    mkdir(folder("a/b"), 0o755)
    try #require(symlink("a/./b", folder("relative")) == 0)
    try #require(symlink(folder("a"), folder("absolute")) == 0)
    for (path, result) in [
      ("relative/x", "a/b/x"), ("absolute//b/y", "a/b/y"), ("relative/../z", "a/z"),
      ("./a/./b/../b/w", "a/b/w"),
    ] {
      try replaceFile(at: folder(path), with: Array("1".utf8))
      #expect(try folder.text(of: result) == "1", "\(path)")
    }
    // A link of /proc, whose text is not where it leads.
    let here = open(folder("a"), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(here) }
    try replaceFile(at: "/proc/self/fd/\(here)/v", with: Array("1".utf8))
    #expect(try folder.text(of: "a/v") == "1")
  }

  /// A folder that takes the name meanwhile costs the name, not the bytes.
  @Test func aNameThatIsTakenMeanwhile() throws {
    let folder = try TemporaryFolder()
    let replacement = FileReplacement(try FolderEntry(folder("x.svg")), path: folder("x.svg"))
    try replacement.check()
    #expect(try folder.contents == [])
    var saved: String?
    do throws(OutputPathError) {
      try replacement.write(owner: nil, failing: { $0 }) { descriptor throws(OutputPathError) in
        mkdir(folder("x.svg"), 0o755)
        #expect(write(descriptor, "abc", 3) == 3)
      }
    } catch {
      if case .saved(let path, let cause) = error {
        saved = path
        #expect(cause.code == EISDIR)
      }
    }
    let name = try #require(saved?.split(separator: "/").last.map(String.init))
    #expect(name.hasSuffix("-x.svg"))
    #expect(try folder.text(of: name) == "abc")
    #expect(try folder.contents == [name, "x.svg"])
  }

  /// Of an output that fails nothing is left.
  @Test func aBodyThatFailsLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let replacement = FileReplacement(try FolderEntry(folder("x")), path: folder("x"))
    let failure = OutputPathError.system(SystemError(operation: "test", code: EIO))
    #expect(throws: failure) {
      try replacement.write(owner: nil, failing: { $0 }) { _ throws(OutputPathError) in
        throw failure
      }
    }
    #expect(try folder.contents == [])
  }

  /// Only root can make links of another user.
  @Test(.enabled(if: geteuid() == 0, "it needs another user"))
  func linksOfOthers() throws {
    let folder = try TemporaryFolder()
    mkdir(folder("a"), 0o755)
    try #require(symlink("a", folder("link")) == 0)
    lchown(folder("link"), 65534, 65534)
    #expect(throws: OutputPathError.linkOfAnotherUser(path: folder("link/x"))) {
      try replaceFile(at: folder("link/x"), with: [1])
    }
    #expect(Invoker.trusts(0) && Invoker.trusts(geteuid()) && !Invoker.trusts(65534))
  }
}
