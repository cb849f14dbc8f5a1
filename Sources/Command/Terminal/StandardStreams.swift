// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// Standard output carries data only, standard error everything that is said to people.
enum StandardStreams {
  /// Opens /dev/null in place of streams that are closed: else the first output file would become
  /// descriptor 1 or 2, and our own messages would be written into it.
  static func secure() {
    for descriptor in CInt(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      let null = open("/dev/null", O_RDWR)
      if null >= 0, null != descriptor { close(null) }
    }
  }

  /// Data on standard output, as it is.
  ///
  /// - Throws: Where it cannot be written; without words where the reader has seen enough.
  static func print(_ text: String) throws(Failure) { try print(bytes: Array(text.utf8)) }

  static func print(bytes: [UInt8]) throws(Failure) {
    do throws(SystemError) {
      try OutputFile.write(bytes, to: "-")
    } catch {
      throw error.code == EPIPE
        ? Failure(exitCode: Failure.outputCode, sentence: nil) : Words.outputFailure(error)
    }
  }

  /// One line on standard error.
  static func say(_ line: String) { show(line + "\n") }

  /// On standard error, without a new line.
  static func show(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = write(STDERR_FILENO, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        // Nobody listens, and there is nowhere else to say so.
        if count <= 0 { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}
