// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder that goes with this object. Others may enter it, as unprivileged programs have to.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/flameback-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o755)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of `name` in the folder.
  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Names of what is in it, sorted.
  var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  func text(of name: String) throws -> String {
    try String(contentsOfFile: self(name), encoding: .utf8)
  }

  /// Copies a program here, where every user may run it.
  func copy(of program: String, as name: String) throws -> String {
    try FileManager.default.copyItem(atPath: program, toPath: self(name))
    chmod(self(name), 0o755)
    return self(name)
  }
}
