// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder that is removed with this object. All users may enter it, as programs without privileges
/// have to.
package final class TemporaryFolder: Sendable {
  package let path: String

  package var url: URL { URL(filePath: path) }

  package init() throws {
    var template = Array("/tmp/flameback-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o755)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of `name` in the folder.
  package func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Names of all entries, sorted.
  package var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// The contents of a file of the folder.
  /// - Throws: If there is none, or it is not UTF-8.
  package func text(of name: String) throws -> String {
    try String(contentsOfFile: self(name), encoding: .utf8)
  }

  /// Writes a file and returns its path.
  package func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: self(name)))
    return self(name)
  }

  /// Writes a file and returns its path.
  package func file(_ name: String, _ text: String) throws -> String {
    try file(name, Array(text.utf8))
  }

  /// Copies a program here, where all users may run it, and returns its path.
  package func copy(of program: String, as name: String) throws -> String {
    try FileManager.default.copyItem(atPath: program, toPath: self(name))
    chmod(self(name), 0o755)
    return self(name)
  }
}
