// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A program that a test needs is not installed: then the test fails.
public struct ToolMissing: Error, CustomStringConvertible {
  public var name: String
  public var description: String { "\(name) is not installed; see `make deps`" }
}

/// Runs programs of other people to judge our outputs.
public enum Tool {
  public struct Result: Sendable {
    public var status: Int32
    public var output: [UInt8]
    /// Standard error.
    public var messages: String

    public var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// - Parameter name: A program's name, looked up in PATH, or its absolute path.
  public static func run(_ name: String, _ arguments: [String]) throws -> Result {
    let process = Process()
    process.executableURL = try locate(name)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    // A file, since a second pipe might fill up while the first is read.
    let folder = try TemporaryFolder()
    let messages = try folder.file("stderr", [])
    process.standardError = FileHandle(forWritingAtPath: messages)
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: Array(bytes),
      messages: String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: messages)), as: UTF8.self))
  }

  private static func locate(_ name: String) throws -> URL {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let places = name.hasPrefix("/") ? [name] : path.split(separator: ":").map { "\($0)/\(name)" }
    guard let found = places.first(where: FileManager.default.isExecutableFile) else {
      throw ToolMissing(name: name)
    }
    return URL(fileURLWithPath: found)
  }
}

/// A folder that goes with its owner.
public final class TemporaryFolder: Sendable {
  public let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("flameback-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  /// Writes a file and returns its path.
  public func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file.path
  }

  public var path: String { url.path }

  public func file(_ name: String, _ text: String) throws -> String {
    try file(name, Array(text.utf8))
  }
}
