// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// Output that cannot be written: exit code 5, one line that says why, nothing half-written.
  @Suite(.enabled(if: geteuid() == 0, "mounting file systems needs root"))
  struct OutputFailureTests {
    @Test func aMissingFolder() async throws {
      let folder = try TemporaryFolder()
      try await failsToWrite(folder("missing/x.svg"))
      #expect(try folder.contents == [])
    }

    @Test func aFolder() async throws {
      let folder = try TemporaryFolder()
      mkdir(folder("x.svg"), 0o755)
      try await failsToWrite(folder("x.svg"))
      #expect(try folder.contents == ["x.svg"])
    }

    @Test func aReadOnlyFolder() async throws {
      let fileSystem = try await TemporaryFileSystem(options: "ro,size=64k")
      try await failsToWrite(fileSystem.folder("x.svg"))
      #expect(try fileSystem.folder.contents == [])
    }

    @Test(arguments: ["x.svg", "x.folded", "x.pb.gz"])
    func aFullDisk(name: String) async throws {
      let fileSystem = try await TemporaryFileSystem(options: "size=64k")
      try fileSystem.fill()
      try await failsToWrite(fileSystem.folder(name))
      #expect(try fileSystem.folder.contents == ["filler"])
    }

    /// The kernel says so by a signal first, which would end us.
    @Test func aFileAboveTheLimit() async throws {
      let folder = try TemporaryFolder()
      let path = folder("x.svg")
      try await failsToWrite(path, prefix: ["prlimit", "--fsize=4096"])
      #expect(try folder.contents == [])
    }

    @Test func aFullDiskForTheStatistics() async throws {
      let fileSystem = try await TemporaryFileSystem(options: "size=64k")
      try fileSystem.fill()
      let folder = try TemporaryFolder()
      try await failsToWrite(
        fileSystem.folder("stats.json"),
        ["--stats", fileSystem.folder("stats.json"), "-o", folder("x.svg")])
      #expect(try fileSystem.folder.contents == ["filler"])
    }

    @Test func aDeviceThatIsAlwaysFull() async throws {
      try await failsToWrite("/dev/full", ["-f", "folded", "-o", "/dev/full"])
    }

    /// What else could be written is not lost with it.
    @Test func theOthersAreWritten() async throws {
      let folder = try TemporaryFolder()
      try await failsToWrite(
        folder("missing/x.svg"), ["-o", folder("missing/x.svg"), "-o", folder("x.folded")])
    }

    private func failsToWrite(
      _ path: String, _ options: [String]? = nil, prefix: [String] = []
    ) async throws {
      let split = try SampleProgram("split", ["60"])
      let result = try await Flameback.run(
        ["record", "-F", "499", "-d", "0.5", "-p", "\(split.pid)"] + (options ?? ["-o", path]),
        prefix: prefix)
      #expect(result.exit == .code(5), "\(result)")
      #expect(oneLine(of: result.messages, with: path), "\(result)")
    }
  }
}
