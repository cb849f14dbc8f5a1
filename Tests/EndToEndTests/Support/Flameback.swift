// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The release binary as a child, with its outputs in files.
final class Flameback: Sendable {
  /// The binary in FLAMEBACK_BINARY, or else the one that `make build` builds.
  static let binary =
    ProcessInfo.processInfo.environment["FLAMEBACK_BINARY"]
    ?? package + "/.build/release/flameback"

  /// The same command with switches for tests, which `make build-testing` builds beside it.
  static let testingBinary = binary + "-testing"

  /// The root of this package.
  static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// The end of a run.
  struct Result: Sendable {
    var exit: ChildProcess.Exit
    /// Standard output, that of a profiled command included.
    var output: String
    /// Standard error.
    var messages: String
  }

  let child: ChildProcess
  private let folder: TemporaryFolder

  var pid: pid_t { child.pid }

  /// - Parameters:
  ///   - prefix: A program and its arguments that run flameback, such as setpriv.
  ///   - binary: A copy of the binary; nil for the binary itself.
  ///   - switches: Variables of the testing binary, which then runs; none for the one that is shipped.
  init(
    _ arguments: [String], prefix: [String] = [], binary: String? = nil,
    environment: [String: String] = [:], switches: [String: String] = [:],
    in folder: String? = nil
  ) throws {
    self.folder = try TemporaryFolder()
    let usual = switches.isEmpty ? Self.binary : Self.testingBinary
    let words = prefix + [binary ?? usual] + arguments
    child = try ChildProcess(
      words[0], Array(words.dropFirst()), environment: environment.merging(switches) { $1 },
      folder: folder ?? self.folder.path, output: self.folder("stdout"),
      messages: self.folder("stderr"))
  }

  /// Its standard output so far.
  var output: String { (try? folder.text(of: "stdout")) ?? "" }

  /// Its standard error so far.
  var messages: String { (try? folder.text(of: "stderr")) ?? "" }

  func finish(within limit: Duration = .seconds(300)) async throws -> Result {
    let exit = try await child.waitForExit(within: limit)
    // Decoded with replacements: a name that is not UTF-8 must not hide the rest.
    func text(_ name: String) -> String {
      String(decoding: FileManager.default.contents(atPath: folder(name)) ?? Data(), as: UTF8.self)
    }
    return Result(exit: exit, output: text("stdout"), messages: text("stderr"))
  }

  /// Waits until a program of its own is attached.
  func isAttached() async throws {
    try await waits(until: "it attaches a program") { !KernelObjects.held(by: pid).links.isEmpty }
  }

  /// Waits until samples are taken: by then it has dropped the capabilities that load programs.
  func isSampling() async throws {
    try await waits(until: "it samples") { !Privileges.mayLoadBPF(pid) }
  }

  private func waits(until event: String, _ condition: () -> Bool) async throws {
    try await eventually(event) {
      let isTrue = condition()
      if child.exitIfEnded() != nil { throw DeadlineMissed(event: "\(event): \(messages)") }
      return isTrue
    }
  }

  /// Starts flameback and waits for its end.
  static func run(
    _ arguments: [String], prefix: [String] = [], binary: String? = nil,
    environment: [String: String] = [:], switches: [String: String] = [:],
    in folder: String? = nil, within limit: Duration = .seconds(300)
  ) async throws -> Result {
    try await Flameback(
      arguments, prefix: prefix, binary: binary, environment: environment, switches: switches,
      in: folder
    ).finish(within: limit)
  }
}
