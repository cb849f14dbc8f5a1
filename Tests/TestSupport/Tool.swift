// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A program that a test needs and that is not installed: the test fails.
package struct ToolMissing: Error, CustomStringConvertible {
  package var name: String
  package var description: String { "\(name) is not installed: run `make test-deps`" }
}

/// A tool that ended with an error.
package struct ToolFailure: Error {
  package var text: String

  package init(text: String) { self.text = text }
}

/// Programs of other projects, run to their end to judge our outputs.
package enum Tool {
  package struct Result: Sendable {
    /// The exit code; of one that a signal ended, its negative number.
    package var status: Int32
    /// Standard output.
    package var output: [UInt8]
    /// Standard error.
    package var messages: String

    package var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// The path of a program of the Swift toolchain, such as llvm-symbolizer. `swift` in PATH may be a
  /// script or a proxy in another folder.
  package static func ofSwift(_ name: String) throws -> String {
    let text = try TestSupport.run("swift", "-print-target-info")
    let info = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let paths = info?["paths"] as? [String: Any]
    guard let resources = paths?["runtimeResourcePath"] as? String else {
      throw ToolFailure(text: "swift -print-target-info: \(text)")
    }
    return URL(filePath: resources).appending(path: "../../bin/\(name)").standardized.path
  }

  /// Waits until the program ends.
  /// - Parameters:
  ///   - name: A program's name, looked up in PATH, or its absolute path.
  ///   - input: Standard input.
  package static func run(
    _ name: String, _ arguments: [String], input: String = ""
  ) throws -> Result {
    guard isInstalled(name) else { throw ToolMissing(name: name) }
    let folder = try TemporaryFolder()
    let child = try ChildProcess(
      name, arguments, input: folder.file("input", input), output: folder("output"),
      messages: folder("messages"))
    let status: Int32 =
      switch child.waitBlocking() {
      case .code(let code): code
      case .signal(let signal): -signal
      }
    return Result(
      status: status, output: try contents(of: folder("output")),
      messages: String(decoding: try contents(of: folder("messages")), as: UTF8.self))
  }
}

/// Whether a program can be found in PATH, or at an absolute path.
package func isInstalled(_ program: String) -> Bool {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
  let folders = program.hasPrefix("/") ? [""] : path.split(separator: ":").map { "\($0)/" }
  return folders.contains { access($0 + program, X_OK) == 0 }
}

/// Runs a tool to its end and returns its standard output.
/// - Throws: If it is missing or fails.
@discardableResult
package func run(_ arguments: String..., input: String = "") throws -> String {
  let result = try Tool.run(arguments[0], Array(arguments.dropFirst()), input: input)
  guard result.status == 0 else {
    throw ToolFailure(text: "\(arguments): exit \(result.status): \(result.messages)")
  }
  return result.text
}
