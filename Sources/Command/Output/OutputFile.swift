// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sampling
import System

/// An output that is open: its path was used once, and does not count any more.
struct OutputFile {
  private enum Kind {
    /// A descriptor of the caller, which stays open.
    case stream(CInt)
    /// A FIFO or a device, which is written directly.
    case special(SpecialFile)
    /// A name under which a file appears whole or not at all.
    case replaced(FileReplacement)
  }

  /// The argument that named it.
  let path: String
  private let kind: Kind

  /// Opens an output with the rights of the caller, without waiting, and without an effect on a file
  /// that is there.
  ///
  /// - Throws: A failure if it could not be written: the folder is missing or not writable, or the
  ///   path is that of a folder, a socket, a block device, or another user's FIFO or device.
  init(_ path: String) throws(Failure) {
    self.path = path
    switch OutputName(path) {
    case .descriptor(let descriptor):
      let access = fcntl(descriptor, F_GETFL)
      guard access >= 0, access & O_ACCMODE != O_RDONLY else {
        throw Words.outputFailure(SystemError(operation: "write", thing: path, code: EBADF))
      }
      // The output ends when this process ends, not when a command ends that inherited it.
      if descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      kind = .stream(descriptor)
    case .path:
      kind = try Capability.withCallersRights { () throws(Failure) in try Self.opened(path) }
    }
  }

  /// Whether the bytes will appear on a terminal.
  var isTerminal: Bool {
    switch kind {
    case .stream(let descriptor): isatty(descriptor) == 1
    case .special(let file): file.isTerminal
    case .replaced: false
    }
  }

  /// Writes the output, in the pieces that `body` writes to a stream.
  ///
  /// - Returns: The number of bytes.
  @discardableResult
  func write(_ body: (inout OutputStream) throws(Failure) -> Void) throws(Failure) -> Int {
    switch kind {
    case .stream(let descriptor): try stream(to: descriptor, body)
    case .special(let file): try stream(to: try file.descriptor(), body)
    case .replaced(let file):
      try Capability.withCallersRights { () throws(Failure) in
        var count = 0
        try file.write(owner: Invoker.ofSudo, failing: Words.outputFailure) {
          descriptor throws(Failure) in count = try stream(to: descriptor, body)
        }
        return count
      }
    }
  }

  private func stream(
    to descriptor: CInt, _ body: (inout OutputStream) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    var stream = OutputStream(descriptor, path: path)
    try body(&stream)
    if let error = stream.error { throw Words.outputFailure(error) }
    return stream.count
  }

  private static func opened(_ path: String) throws(Failure) -> Kind {
    let entry = try Words.outputStep { () throws(OutputPathError) in try FolderEntry(path) }
    if let special = try SpecialFile.at(entry, path: path) { return .special(special) }
    let replacement = FileReplacement(entry, path: path)
    try Words.outputStep { () throws(OutputPathError) in try replacement.check() }
    return .replaced(replacement)
  }
}
