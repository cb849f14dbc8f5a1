// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Debug files from a server, with --debuginfod only. T40 has runs without it.
  @Suite struct DebuginfodTests {
    let folder: TemporaryFolder
    /// The path of a stripped program whose debug file only the server has.
    let program: String
    let address: String

    init() async throws {
      folder = try TemporaryFolder()
      program = try folder.copy(of: SampleProgram.path("split"), as: "remote")
      let script = """
        id=$(readelf -n \(program) | sed -n 's/.*Build ID: //p')
        mkdir -p \(folder("www"))/buildid/$id \(folder("tmp"))
        objcopy --only-keep-debug \(program) \(folder("www"))/buildid/$id/debuginfo
        nm \(program) | sed -n 's/ [tT] path_a$//p' >\(folder("address"))
        strip \(program)
        """
      let shell = try ChildProcess("sh", ["-ec", script])
      try #require(try await shell.waitForExit() == .code(0))
      address = "0x" + (try folder.text(of: "address")).trimmingCharacters(in: .newlines)
    }

    private func environment(_ port: Int) -> [String: String] {
      [
        "DEBUGINFOD_URLS": "http://127.0.0.1:\(port)",
        "DEBUGINFOD_CACHE_PATH": folder("new/cache"), "TMPDIR": folder("tmp"),
      ]
    }

    @Test func whatIsMissingIsFetched() async throws {
      let server = try await FileServer(folder("www"))
      let result = try await Flameback.run(
        ["symbolize", "--debuginfod", "--obj", program, address],
        environment: environment(server.port))
      #expect(result.output.hasPrefix("path_a\n"), "\(result)")
      // With the server stopped the file comes from the cache.
      server.stop()
      let outputs = try TemporaryFolder()
      let run = try await RecordedRun(
        Flameback(
          ["record"] + RecordedRun.outputArguments(in: outputs)
            + ["-F", "999", "--debuginfod", "--", program, "1"],
          environment: environment(server.port)), outputs)
      expectMost(run.folded.count(of: "path_a"), of: run.folded.total, atLeast: 0.4)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder("tmp")).isEmpty)
      let files = try #require(FileManager.default.enumerator(atPath: folder("new/cache")))
      let owners = try files.compactMap { $0 as? String }.map { name in
        try FileManager.default.attributesOfItem(atPath: folder("new/cache/" + name))[
          .ownerAccountID]
          as? uid_t
      }
      #expect(owners.count >= 2 && owners.allSatisfy { $0 == geteuid() })
    }

    /// In the home folder of a user without rights, whose cache does not exist yet.
    @Test(.enabled(if: geteuid() == 0, "becoming another user needs root"))
    func aUserHasACacheOfHisOwn() async throws {
      let server = try await FileServer(folder("www"))
      let home = folder("home")
      mkdir(home, 0o700)
      chown(home, 65534, 65534)
      let result = try await Flameback.run(
        ["symbolize", "--debuginfod", "--obj", program, address],
        prefix: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
        binary: try folder.copy(of: Flameback.binary, as: "flameback"),
        environment: ["DEBUGINFOD_URLS": "http://127.0.0.1:\(server.port)", "HOME": home])
      #expect(result.output.hasPrefix("path_a\n"), "\(result)")
      let cached = try FileManager.default.contentsOfDirectory(
        atPath: home + "/.cache/debuginfod_client")
      #expect(cached.contains { $0.count == 40 })
    }

    /// What servers send is received by a user without rights, of whose folder nothing stays.
    @Test(.enabled(if: geteuid() == 0, "other users run it themselves"))
    func theFetcherOfRootIsAnotherUser() async throws {
      let server = try await FileServer(folder("www"), isSilent: true)
      var environment = environment(server.port)
      environment["DEBUGINFOD_MAXTIME"] = "10"
      let flameback = try Flameback(
        ["symbolize", "--debuginfod", "--obj", program, address], environment: environment)
      let status = try await eventually("the fetcher has given up its rights") {
        let path = "/proc/\(flameback.pid)/task/\(flameback.pid)/children"
        let children = try String(contentsOfFile: path, encoding: .utf8)
        let status = children.split(separator: " ").compactMap { pid_t($0) }.map(ProcessStatus.init)
        return status.first { $0["NoNewPrivs"] == "1" }
      }
      for key in ["Uid", "Gid"] {
        let ids = status[key]?.split(separator: "\t").compactMap { UInt32($0) } ?? []
        #expect(ids.count == 4 && ids.allSatisfy { $0 > 60_000 && $0 != 65534 }, "\(status)")
      }
      #expect(status["Groups"]?.allSatisfy { $0 == " " } == true)
      let result = try await flameback.finish()
      #expect(result.exit == .code(0), "\(result)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder("tmp")).isEmpty)
    }

    /// A server that accepts connections and never answers is given up after DEBUGINFOD_MAXTIME.
    @Test func aSilentServerIsGivenUp() async throws {
      let server = try await FileServer(folder("www"), isSilent: true)
      var environment = environment(server.port)
      environment["DEBUGINFOD_MAXTIME"] = "1"
      let result = try await Flameback.run(
        ["symbolize", "--debuginfod", "--obj", program, address], environment: environment)
      #expect(result.exit == .code(0) && result.output.hasPrefix("??\n"), "\(result)")
    }

    @Test func aServerMustBeNamed() async throws {
      for arguments in [["record", "-a"], ["symbolize", "--obj", program]] {
        let result = try await Flameback.run(
          arguments + ["--debuginfod"], environment: ["DEBUGINFOD_URLS": ""])
        #expect(result.exit == .code(2) && result.messages.contains("DEBUGINFOD_URLS"))
      }
    }
  }
}

/// Python's file server, on a free port.
private final class FileServer {
  let port: Int
  private let child: ChildProcess
  private let folder: TemporaryFolder

  private static let script = """
    import http.server, socketserver, sys, time
    class Handler(http.server.SimpleHTTPRequestHandler):
      def handle(self):
        if sys.argv[1] == "silent": time.sleep(1000)
        super().handle()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """

  init(_ root: String, isSilent: Bool = false) async throws {
    let folder = try TemporaryFolder()
    self.folder = folder
    child = try ChildProcess(
      "/usr/bin/python3", ["-c", Self.script, isSilent ? "silent" : "serving"], folder: root,
      output: folder("port"), messages: folder("log"))
    port = try await eventually("the server listens") {
      Int(try folder.text(of: "port").trimmingCharacters(in: .newlines))
    }
  }

  /// The requests so far.
  var log: String { (try? folder.text(of: "log")) ?? "" }

  func stop() { child.sendToGroup(SIGKILL) }
}
