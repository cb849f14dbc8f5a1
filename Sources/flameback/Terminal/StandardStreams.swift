// SPDX-License-Identifier: Apache-2.0

import Glibc

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

  static let output = STDOUT_FILENO

  /// One line on standard error.
  static func say(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// One line on standard output.
  static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// As it is, without a new line.
  static func write(_ text: String, to descriptor: CInt) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
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
