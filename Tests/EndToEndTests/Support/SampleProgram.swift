// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A running program of samples/.
final class SampleProgram: Sendable {
  let child: ChildProcess
  private let folder: TemporaryFolder

  var pid: pid_t { child.pid }

  /// - Parameter flavour: `fp` with frame pointers, `nofp` without.
  static func path(_ name: String, _ flavour: String = "fp") -> String {
    Flameback.package + "/samples/bin/\(flavour)/" + name
  }

  convenience init(_ name: String, _ arguments: [String] = []) throws {
    try self.init(path: Self.path(name), arguments)
  }

  init(path: String, _ arguments: [String] = []) throws {
    folder = try TemporaryFolder()
    child = try ChildProcess(path, arguments, output: folder("stdout"))
  }

  /// The values that it has printed so far.
  var printed: PrintedValues { PrintedValues((try? folder.text(of: "stdout")) ?? "") }

  func finish() async throws -> PrintedValues {
    try #require(try await child.waitForExit() == .code(0))
    return printed
  }

  func burns(_ nanoseconds: UInt64 = 200_000_000) async throws {
    try await child.burns(nanoseconds)
  }

  /// Stops it after 10 ms of CPU time, until it gets SIGCONT.
  /// - Returns: The CPU seconds that it has used.
  func stop() async throws -> Double {
    try await burns(10_000_000)
    child.send(SIGSTOP)
    try await eventually("\(pid) stops") { ProcessStatus(pid)["State"]?.first == "T" }
    return Double(child.cpuTime) / 1e9
  }
}

extension ChildProcess {
  /// CPU nanoseconds of its main thread so far.
  var cpuTime: UInt64 { EndToEndTests.cpuTime(of: pid) }

  /// Waits until its main thread has used this much more CPU time.
  func burns(_ nanoseconds: UInt64) async throws {
    try await EndToEndTests.burns(pid, nanoseconds)
  }
}

/// CPU nanoseconds of a thread so far; 0 if there is none with this id.
func cpuTime(of thread: pid_t) -> UInt64 {
  let text = (try? String(contentsOfFile: "/proc/\(thread)/schedstat", encoding: .utf8)) ?? ""
  return text.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
}

/// Waits until a thread has used this much more CPU time.
func burns(_ thread: pid_t, _ nanoseconds: UInt64) async throws {
  let start = cpuTime(of: thread)
  try await eventually("\(thread) burns") { cpuTime(of: thread) >= start + nanoseconds }
}

/// Lines of `key value`, as the samples print them.
struct PrintedValues {
  private var values: [String: String] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let blank = line.lastIndex(of: " ") else { continue }
      values[String(line[..<blank])] = String(line[line.index(after: blank)...])
    }
  }

  /// Nil if it has not been printed yet.
  subscript(key: String) -> Double? { values[key].flatMap(Double.init) }

  func number(_ key: String) throws -> Double {
    try #require(self[key], "no number '\(key)' in \(values)")
  }
}
