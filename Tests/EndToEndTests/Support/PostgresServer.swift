// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A PostgreSQL server for one test, in a temporary folder, with a socket there and no port.
final class PostgresServer {
  /// The folder of the newest version's programs; nil if none is installed.
  static let programs: String? = {
    let versions = "/usr/lib/postgresql"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? []
    return names.compactMap(Int.init).max().map { "\(versions)/\($0)/bin" }
  }()

  private let folder: TemporaryFolder
  private let child: ChildProcess

  /// The process that starts one for each client.
  var pid: pid_t { child.pid }

  init() async throws {
    folder = try TemporaryFolder()
    let home = folder("home")
    mkdir(home, 0o700)
    // PostgreSQL refuses to run as root.
    if geteuid() == 0, let postgres = getpwnam("postgres") {
      chown(home, postgres.pointee.pw_uid, postgres.pointee.pw_gid)
    }
    let cluster = try Self.start(
      "initdb", ["-D", home, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], in: folder)
    try #require(try await cluster.waitForExit() == .code(0), "initdb")
    child = try Self.start(
      "postgres", ["-D", home, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"], in: folder
    )
    // By the state in its file: the socket exists before the server is ready.
    try await eventually("the server is ready") {
      let state = try? String(contentsOfFile: home + "/postmaster.pid", encoding: .utf8)
      return state?.contains("ready") == true
    }
  }

  /// Ends the server if a test failed before `stop`: files that it writes later would be left behind.
  deinit {
    child.send(SIGQUIT)
    let deadline = ContinuousClock.now + .seconds(10)
    while child.exitIfEnded() == nil && ContinuousClock.now < deadline { usleep(1000) }
  }

  /// Starts a client with `arguments` and the server's address.
  func client(_ program: String, _ arguments: [String]) throws -> ChildProcess {
    try Self.start(program, ["-h", folder("home")] + arguments + ["postgres"], in: folder)
  }

  /// Ends the server and its children.
  func stop() async throws {
    child.send(SIGINT)
    try await child.waitForExit()
  }

  private static func start(
    _ program: String, _ arguments: [String], in folder: TemporaryFolder
  ) throws -> ChildProcess {
    let words =
      (geteuid() == 0
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [])
      + [try #require(programs) + "/" + program] + arguments
    return try ChildProcess(words[0], Array(words.dropFirst()), folder: folder.path)
  }
}
