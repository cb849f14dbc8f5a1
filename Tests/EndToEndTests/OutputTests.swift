// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Paths, names, formats and owners of outputs.
  @Suite struct OutputTests {
    private static let split = ["--", SampleProgram.path("split"), "0.5"]

    @Test func withoutANameItChoosesOneAndSaysIt() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(["record", "-F", "499"] + Self.split, in: folder.path)
      #expect(result.exit == .code(0))
      let contents = try folder.contents
      try #require(contents.count == 1)
      #expect(contents[0].wholeMatch(of: /flameback-split-[0-9TZ:.-]+\.svg/) != nil, "\(contents)")
      #expect(result.messages.contains(contents[0]))
      _ = try FlameGraphPicture(Data(contentsOf: URL(filePath: folder(contents[0]))))
    }

    @Test func aDashIsStandardOutput() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "-p", "\(split.pid)", "-d", "1", "-F", "499", "-o", "-"], in: folder.path)
      #expect(result.exit == .code(0))
      let folded = try FoldedStacks(result.output)
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)
      #expect(try folder.contents == [])
    }

    @Test func aFormatWithoutASuffix() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "-F", "499", "-o", folder("plain"), "-f", "folded"] + Self.split)
      #expect(result.exit == .code(0), "\(result)")
      #expect(try FoldedStacks(folder.text(of: "plain")).count(of: "path_a") > 10)
    }

    @Test func thePictureSaysWhatItShows() async throws {
      let run = try await RecordedRun(["--title", "A <title> & more", "-F", "499"] + Self.split)
      let text = run.picture.text
      for word in ["A <title> & more", "split", "499", "samples"] {
        #expect(text.contains(word), "\(word): \(text)")
      }
      var host = [CChar](repeating: 0, count: 256)
      gethostname(&host, host.count)
      #expect(text.contains(host.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }))
    }

    @Test func annotationsMarkTheKernel() async throws {
      let plain = try await RecordedRun(["-F", "499", "--", SampleProgram.path("kernel"), "0.5"])
      #expect(plain.folded.count { $0.hasSuffix("_[k]") } == 0)
      let marked = try await RecordedRun(
        ["-F", "499", "--annotate", "--", SampleProgram.path("kernel"), "0.5"])
      #expect(marked.folded.count { $0.hasSuffix("_[k]") } > 100)
    }

    @Test func onlyTheOwnerMayReadIt() async throws {
      let run = try await RecordedRun(["-F", "499"] + Self.split)
      for name in try run.folder.contents {
        #expect(try status(of: run.folder(name)).st_mode & 0o777 == 0o600, "\(name)")
      }
    }

    @Test(.enabled(if: geteuid() == 0))
    func underSudoItBelongsToTheInvokingUser() async throws {
      let run = try await RecordedRun(
        ["-F", "499"] + Self.split, environment: ["SUDO_UID": "54321", "SUDO_GID": "12345"])
      for name in try run.folder.contents {
        let status = try status(of: run.folder(name))
        #expect(status.st_uid == 54321 && status.st_gid == 12345, "\(name)")
        #expect(status.st_mode & 0o777 == 0o600)
      }
    }

    @Test func anOlderOutputIsReplacedWhole() async throws {
      let folder = try TemporaryFolder()
      let old = String(repeating: "old;stack 1\n", count: 100_000)
      try old.write(toFile: folder("x.folded"), atomically: false, encoding: .utf8)
      let result = try await Flameback.run(
        ["record", "-F", "499", "-o", folder("x.folded")] + Self.split)
      #expect(result.exit == .code(0))
      #expect(try !folder.text(of: "x.folded").contains("old;stack"))
      #expect(try folder.contents == ["x.folded"])
    }

    private func status(of path: String) throws -> stat {
      var status = stat()
      try #require(lstat(path, &status) == 0)
      return status
    }
  }
}
