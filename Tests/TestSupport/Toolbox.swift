// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A tool that did not do its work.
public struct ToolFailure: Error {
  public var text: String

  public init(text: String) { self.text = text }
}

/// Runs a tool to its end and returns what it printed; a tool that is missing or fails throws.
@discardableResult
public func run(_ arguments: String..., input: String = "") throws -> String {
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
public func contents(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}

/// Numbers that are the same in every run.
public struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  public init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
