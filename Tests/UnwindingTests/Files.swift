// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import System
import TestSupport
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

extension TemporaryFolder {
  /// Compiles C to a shared library, and returns its path.
  func compile(_ source: String, _ flags: [String]) throws -> String {
    let output = self("library.so")
    let result = try Tool.run(
      "gcc", ["-shared", "-fPIC", "-o", output, file("source.c", source)] + flags)
    try #require(result.status == 0, "\(result.messages)")
    return output
  }
}
