// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A PostgreSQL server of its own, in a folder that goes with this object: no port, one socket.
final class PostgresServer {
  /// Where the newest version's programs are, nil where there is none.
  static let programs: String? = {
    let versions = "/usr/lib/postgresql"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? []
    return names.compactMap(Int.init).max().map { "\(versions)/\($0)/bin" }
  }()

  private let folder: TemporaryFolder
  private let child: ChildProcess

  /// Of the process that starts one for each client.
  var pid: pid_t { child.pid }

  init() async throws {
    folder = try TemporaryFolder()
    let home = folder("home")
    mkdir(home, 0o700)
    // It refuses to run as root.
    if geteuid() == 0, let postgres = getpwnam("postgres") {
      chown(home, postgres.pointee.pw_uid, postgres.pointee.pw_gid)
    }
    let cluster = try Self.start(
      "initdb", ["-D", home, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], in: folder)
    try #require(try await cluster.waitForExit() == .code(0), "initdb")
    child = try Self.start(
      "postgres", ["-D", home, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"], in: folder
    )
    // By what it says of itself: its socket is there before.
    try await eventually("the server is ready") {
      let state = try? String(contentsOfFile: home + "/postmaster.pid", encoding: .utf8)
      return state?.contains("ready") == true
    }
  }

  /// Where a test did not come to its end. What the server still writes would stay behind.
  deinit {
    child.send(SIGQUIT)
    let deadline = ContinuousClock.now + .seconds(10)
    while child.exitIfEnded() == nil && ContinuousClock.now < deadline { usleep(1000) }
  }

  /// Starts a client, to which `arguments` are given with those that lead to the server.
  func client(_ program: String, _ arguments: [String]) throws -> ChildProcess {
    try Self.start(program, ["-h", folder("home")] + arguments + ["postgres"], in: folder)
  }

  /// Ends the server and those of all clients.
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
