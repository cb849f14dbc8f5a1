// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Outputs in folders where another user makes, exchanges and occupies names. Each case succeeded
  /// for that user once.
  @Suite(.enabled(if: geteuid() == 0, "it needs another user"))
  struct OutputSafetyTests {
    private static let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    private static let sudo = ["SUDO_UID": "65534", "SUDO_GID": "65534"]
    private static let split = ["-F", "999", "--", SampleProgram.path("split"), "0.3"]

    /// A folder in which all users may make files.
    private static func sharedFolder() throws -> TemporaryFolder {
      let folder = try TemporaryFolder()
      chmod(folder.path, 0o1777)
      return folder
    }

    private static func asOther(_ words: String...) throws {
      let result = try Tool.run(user[0], user.dropFirst() + words)
      try #require(result.status == 0, "\(words): \(result.messages)")
    }

    private static func input(in folder: TemporaryFolder) throws -> String {
      try folder.file("in.folded", "a;b 1\n")
    }

    /// Refused before the command is started.
    @Test(arguments: ["mkfifo -m 666 $0", "mknod $0 c 1 3; chown 65534 $0"])
    func anotherUsersFIFOsAndDevices(make: String) async throws {
      let folder = try Self.sharedFolder()
      let path = folder("out.folded")
      if make.hasPrefix("mkfifo") {
        try Self.asOther("sh", "-c", make, path)
      } else {
        try #require(try Tool.run("sh", ["-c", make, path]).status == 0)
      }
      for words in [["-o", path], ["-o", folder("other.folded"), "--stats", path]] {
        let result = try await Flameback.run(
          ["record"] + words + ["--", "touch", folder("started")], within: .seconds(60))
        #expect(result.exit == .code(5) && result.messages.contains("another user"), "\(result)")
      }
      #expect(try folder.contents == ["out.folded"])
      // The user who called sudo may use what is his own.
      let result = try await Flameback.run(
        ["report", Self.input(in: folder), "-o", "/dev/null", "-f", "folded"],
        environment: Self.sudo)
      #expect(result.exit == .code(0), "\(result)")
    }

    @Test(arguments: [
      ("mkfifo $0.x; ln $0.x $0", "several names"), ("mknod $0 b 7 200", "block device"),
      (
        "python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $0",
        "socket"
      ),
    ])
    func whatIsNotWritten(make: String, words: String) async throws {
      let folder = try Self.sharedFolder()
      let path = folder("out.folded")
      try #require(try Tool.run("sh", ["-c", make, path]).status == 0)
      var before = stat()
      try #require(lstat(path, &before) == 0)
      let result = try await Flameback.run(
        ["report", Self.input(in: folder), "-o", path], within: .seconds(60))
      #expect(result.exit == .code(5) && result.messages.contains(words), "\(result)")
      var after = stat()
      #expect(lstat(path, &after) == 0 && after.st_ino == before.st_ino)
    }

    /// One Ctrl-C ends the wait, also after one that has ended the sampling.
    @Test(arguments: [false, true])
    func aFIFOWithoutAReaderIsAwaited(isStopped: Bool) async throws {
      let folder = try TemporaryFolder()
      let split = try SampleProgram("split", ["60"])
      try #require(mkfifo(folder("out.folded"), 0o600) == 0)
      let run = try Flameback(
        ["record", "-F", "999", "-p", "\(split.pid)", "-o", folder("out.folded")]
          + (isStopped ? [] : ["-d", "0.5"]) + ["-o", folder("other.folded")])
      if isStopped {
        try await run.isSampling()
        try await split.burns()
        run.child.send(SIGINT)
      }
      try await eventually("it waits") { run.messages.contains("waiting for a program") }
      // Signals close to each other count once.
      if isStopped { try await Task.sleep(for: .milliseconds(700)) }
      run.child.send(SIGINT)
      let result = try await run.finish(within: .seconds(60))
      #expect(result.exit == .code(5) && result.messages.contains("no program"), "\(result)")
      #expect(try FoldedStacks(folder.text(of: "other.folded")).total > 0)
    }

    @Test func aReaderThatComesLateGetsAll() async throws {
      let folder = try TemporaryFolder()
      try #require(mkfifo(folder("out.folded"), 0o600) == 0)
      let run = try Flameback(["record", "-o", folder("out.folded")] + Self.split)
      try await eventually("it waits") { run.messages.contains("waiting for a program") }
      let reader = try ChildProcess("cat", [folder("out.folded")], output: folder("copy"))
      let result = try await run.finish()
      #expect(result.exit == .code(0), "\(result)")
      #expect(try await reader.waitForExit() == .code(0))
      let folded = try FoldedStacks(folder.text(of: "copy"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.3)
    }

    /// Names of descriptors are not looked up in the file system.
    @Test(arguments: [
      "-o >(cat >$2)", "-o /dev/stderr 2>$2", "-o /dev/fd/7 7>$2", "-o /proc/self/fd/7 7>$2",
      "-o /dev/stdout >$2", "-o - >$2",
    ])
    func descriptors(output: String) async throws {
      let folder = try TemporaryFolder()
      let script = "\"$0\" report \"$1\" \(output); code=$?; wait; exit $code"
      let shell = try ChildProcess(
        "bash", ["-c", script, Flameback.binary, Self.input(in: folder), folder("copy")],
        messages: folder("messages"))
      #expect(
        try await shell.waitForExit() == .code(0), "\((try? folder.text(of: "messages")) ?? "")")
      try await eventually("the reader has all") {
        (try? folder.text(of: "copy")) == "a;b 1\n"
      }
    }

    @Test func descriptorsThatAreNotOpen() async throws {
      let folder = try TemporaryFolder()
      // Low ones may be open: what runs the tests passes its own on.
      for path in ["/dev/fd/777", "/proc/self/fd/99999999999", "/dev/fd/0"] {
        let result = try await Flameback.run(
          ["record", "-o", path, "--", "touch", folder("started")])
        #expect(result.exit == .code(5) && result.messages.contains(path), "\(result)")
      }
      let twice = try await Flameback.run(
        ["report", Self.input(in: folder), "-o", "-", "-o", "/dev/fd/1"])
      #expect(twice.exit == .code(2), "\(twice)")
      #expect(try folder.contents == ["in.folded"])
    }

    /// The reader of a pipe would wait for the command, and for all that it leaves running.
    @Test func aCommandDoesNotKeepTheOutputOpen() async throws {
      let folder = try TemporaryFolder()
      let script =
        "\"$0\" record -q -o /dev/fd/7 -- sh -c 'ls /proc/self/fd >\"$0\"; exec \"$1\" 0.3' "
        + "\"$1\" \"$2\" 7>\"$3\""
      let shell = try ChildProcess(
        "bash",
        [
          "-c", script, Flameback.binary, folder("descriptors"), SampleProgram.path("split"),
          folder("out"),
        ])
      #expect(try await shell.waitForExit() == .code(0))
      let inherited = try folder.text(of: "descriptors").split(separator: "\n")
      #expect(!inherited.contains("7"), "\(inherited)")
      #expect(try FoldedStacks(folder.text(of: "out")).total > 0)
    }

    /// A process that shares the pipe may set it not to block.
    @Test func aPipeThatDoesNotBlock() async throws {
      let folder = try TemporaryFolder()
      let text = (0..<50_000).map { "a;b\($0) 1\n" }.joined()
      let script = """
        import os, subprocess, sys, time
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        child = subprocess.Popen([sys.argv[1], "report", sys.argv[2], "-o", "-"], stdout=writer)
        os.close(writer)
        time.sleep(0.5)
        size = 0
        while piece := os.read(reader, 1 << 16):
            size += len(piece)
        print(child.wait(), size)
        """
      let printed = try run(
        "python3", "-c", script, Flameback.binary, folder.file("in.folded", text))
      #expect(printed == "0 \(text.utf8.count)\n")
    }

    /// Names that contained the process id could be made beforehand.
    @Test func temporaryNamesCannotBeTaken() async throws {
      let folder = try Self.sharedFolder()
      let plant =
        "i=$1; while [ $i -lt $(($1 + 300)) ]; do"
        + " mkdir \"$0/.flameback-$i-out.folded.tmp\"; i=$((i + 1)); done"
      try Self.asOther("sh", "-c", plant, folder.path, "\(getpid())")
      let newest = try run("sh", "-c", "echo $$").dropLast()
      try Self.asOther("sh", "-c", plant, folder.path, String(newest))
      let result = try await Flameback.run(
        ["report", Self.input(in: folder), "-o", folder("out.folded")])
      #expect(result.exit == .code(0), "\(result)")
      #expect(try folder.text(of: "out.folded") == "a;b 1\n")
    }

    /// The bytes are not lost when their name is taken.
    @Test func aFolderMadeWhileSampling() async throws {
      let folder = try Self.sharedFolder()
      let script =
        "setpriv --reuid=65534 --regid=65534 --clear-groups mkdir \"$0\" && exec \"$1\" 0.3"
      let result = try await Flameback.run(
        [
          "record", "-F", "999", "-o", folder("out.folded"), "--", "sh", "-c", script,
          folder("out.folded"), SampleProgram.path("split"),
        ])
      #expect(result.exit == .code(5), "\(result)")
      let saved = try folder.contents.filter { $0 != "out.folded" }
      try #require(saved.count == 1 && saved[0].hasSuffix("-out.folded"), "\(saved)")
      #expect(result.messages.contains("the output is in \(folder(saved[0]))"), "\(result)")
      #expect(try FoldedStacks(folder.text(of: saved[0])).count(of: "path_a") > 0)
    }

    @Test func linksOfOthersAmongTheFolders() async throws {
      let folder = try Self.sharedFolder()
      let input = try Self.input(in: folder)
      mkdir(folder("private"), 0o700)
      try Self.asOther("ln", "-s", folder("private"), folder("link"))
      let paths = [folder("link/out.folded"), folder("link/../private/./out.folded")]
      for path in paths {
        let result = try await Flameback.run(["report", input, "-o", path])
        #expect(result.exit == .code(5) && result.messages.contains("symbolic link"), "\(result)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder("private/out.folded")))
      // Those of the caller are followed: root's own, and those of the user who called sudo.
      try #require(symlink("private", folder("own")) == 0)
      for (path, variables) in [
        (folder("own/a.folded"), [:]), (folder("link/b.folded"), Self.sudo),
      ] {
        let result = try await Flameback.run(
          ["report", input, "-o", path], environment: variables)
        #expect(result.exit == .code(0), "\(result)")
      }
      let known = try FileManager.default.contentsOfDirectory(atPath: folder("private")).sorted()
      #expect(known == ["a.folded", "b.folded"])
    }

    /// The output goes into the folder that was there when the run began.
    @Test func aFolderExchangedWhileSampling() async throws {
      let folder = try Self.sharedFolder()
      mkdir(folder("private"), 0o700)
      try Self.asOther("mkdir", folder("place"))
      let exchange = "mv \"$0/place\" \"$0/moved\" && ln -s \"$0/private\" \"$0/place\""
      let script =
        "setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '\(exchange)' \"$0\" && exec \"$1\" 0.3"
      let result = try await Flameback.run(
        [
          "record", "-F", "999", "-o", folder("place/out.folded"), "--", "sh", "-c", script,
          folder.path, SampleProgram.path("split"),
        ])
      #expect(result.exit == .code(0), "\(result)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder("private")) == [])
      #expect(try FoldedStacks(folder.text(of: "moved/out.folded")).count(of: "path_a") > 0)
    }

    /// FIFO and link in turn, as fast as another user can, whom root trusts as the caller of sudo.
    @Test func aLinkSwappedInForAFIFO() async throws {
      let folder = try Self.sharedFolder()
      let input = try Self.input(in: folder)
      let secret = try folder.file("secret", "untouched")
      chmod(secret, 0o600)
      mkdir(folder("open"), 0o755)
      chmod(folder("open"), 0o777)
      let path = folder("open/out.folded")
      // As text: the other user may not be able to read the file.
      let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Faults/programs/exchange.py")
      let swapper = try ChildProcess(
        Self.user[0],
        Self.user.dropFirst() + [
          "/usr/bin/python3", "-c", String(contentsOf: script, encoding: .utf8), path, secret,
          folder("over"),
        ],
        messages: folder("messages"))
      var written = 0
      for _ in 0..<200 {
        let result = try await Flameback.run(
          ["report", input, "-o", path], environment: Self.sudo, within: .seconds(60))
        written += result.exit == .code(0) ? 1 : 0
        guard try folder.text(of: "secret") == "untouched" else { break }
      }
      #expect(try folder.text(of: "secret") == "untouched")
      #expect(written > 100)
      #expect(swapper.exitIfEnded() == nil, "\((try? folder.text(of: "messages")) ?? "")")
      _ = try folder.file("over", "")
      try await swapper.waitForExit()
    }

    /// A program with capabilities makes its outputs with the rights of its user.
    @Test func capabilitiesOfTheFileDoNotOpenFolders() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      let split = try folder.copy(of: SampleProgram.path("split"), as: "split")
      let granted = "cap_bpf,cap_perfmon,cap_dac_override,cap_dac_read_search+ep"
      try #require(try Tool.run("/sbin/setcap", [granted, binary]).status == 0)
      mkdir(folder("private"), 0o700)
      mkdir(folder("private/open"), 0o755)
      chmod(folder("private/open"), 0o777)
      for name in ["private/open/out.folded", "out.folded"] {
        let result = try await Flameback.run(
          ["record", "-o", folder(name), "--", split, "0.3"], prefix: Self.user, binary: binary)
        #expect(result.exit == .code(5) && result.messages.contains("Permission"), "\(result)")
      }
      #expect(try folder.contents == ["flameback", "private", "split"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder("private/open")) == [])
    }
  }
}
