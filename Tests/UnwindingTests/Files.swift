// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import System
import Testing

/// The lines of /proc/self/maps, which has no size: it must be read to its end.
func ownMaps() -> [Substring] {
  let maps = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
  return String(decoding: maps ?? Data(), as: UTF8.self).split(separator: "\n")
}

/// The path of a library that this very process has mapped.
func mappedFile(_ name: String) -> String? {
  ownMaps().compactMap { $0.split(separator: " ").last.map(String.init) }
    .first { $0.hasSuffix("/" + name) }
}

func elfImage(_ path: String) throws -> ElfImage {
  try #require(ElfImage(OpenFile(FileDescriptor(opening: path, O_RDONLY))))
}

func fileBytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file.path
  }

  /// A shared library of a C source; returns its path.
  func compile(_ source: String, _ flags: [String]) throws -> String {
    let input = try write(Array(source.utf8), as: "source.c")
    let output = url.appendingPathComponent("library.so").path
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/gcc")
    compiler.arguments = ["-shared", "-fPIC", "-o", output, input] + flags
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    return output
  }
}
