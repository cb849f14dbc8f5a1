// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// A finished run of a Python program of Benchmarks/, which tests share with the benchmarks.
struct BenchmarkTool {
  var exit: ChildProcess.Exit
  var output: String
  var messages: String

  var printed: PrintedValues { PrintedValues(output) }

  init(_ name: String, _ arguments: [String]) async throws {
    let folder = try TemporaryFolder()
    let tool = try ChildProcess(
      "python3", ["\(Flameback.package)/Benchmarks/\(name).py"] + arguments,
      output: folder("output"), messages: folder("messages"))
    exit = try await tool.waitForExit()
    output = try folder.text(of: "output")
    messages = try folder.text(of: "messages")
  }
}
