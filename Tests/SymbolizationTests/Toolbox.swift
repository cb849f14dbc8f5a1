// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder that goes with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/flameback-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ToolFailure(text: "mkdtemp \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(self.path)/\(name)"
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  func file(_ name: String, _ text: String) throws -> String {
    try file(name, Array(text.utf8))
  }
}

struct ToolFailure: Error {
  var text: String
}

/// Runs a tool to its end and returns what it printed; a tool that is missing or fails throws.
@discardableResult
func run(_ arguments: String..., input: String = "") throws -> String {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = arguments
  let output = Pipe()
  let standardInput = Pipe()
  process.standardOutput = output
  process.standardInput = standardInput
  try process.run()
  let writer = Thread {
    try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try? standardInput.fileHandleForWriting.close()
  }
  writer.start()
  let data = try output.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw ToolFailure(text: "\(arguments): exit \(process.terminationStatus)")
  }
  return String(decoding: data, as: UTF8.self)
}

/// The whole contents of a file.
func contents(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
