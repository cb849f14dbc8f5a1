// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// The standard streams: data go to standard output, messages to standard error.
enum StandardStreams {
  /// Opens /dev/null for each standard stream that is closed. Without it the first output file
  /// would become descriptor 1 or 2, and messages would be written into it.
  static func secure() {
    for descriptor in CInt(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      let null = open("/dev/null", O_RDWR)
      if null >= 0, null != descriptor { close(null) }
    }
  }

  /// Writes data to standard output.
  ///
  /// - Throws: A failure with exit code 5; without a message if the reader closed the pipe.
  static func print(_ text: String) throws(Failure) { try print(bytes: Array(text.utf8)) }

  /// Writes bytes to standard output.
  static func print(bytes: [UInt8]) throws(Failure) {
    var stream = OutputStream(STDOUT_FILENO, path: "-")
    stream.write(bytes)
    guard let error = stream.error else { return }
    throw error.code == EPIPE
      ? Failure(exitCode: Failure.outputCode, sentence: nil) : Words.outputFailure(error)
  }

  /// Writes one line to standard error.
  static func say(_ line: String) { show(line + "\n") }

  /// Writes text to standard error, without a newline.
  static func show(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = write(STDERR_FILENO, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        // Standard error is not writable, and there is no other stream for messages.
        if count <= 0 { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  /// Whether messages go to a terminal.
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
