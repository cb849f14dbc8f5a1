// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel

/// The arguments of this process as bytes. The parser's copies are strings, in which invalid UTF-8
/// is replaced, while file names and a command's arguments may be any bytes.
enum RawArguments {
  /// The last `count` arguments, each ending in 0.
  static func last(_ count: Int) -> [[CChar]] { all.suffix(count) }

  /// Refuses arguments that are not valid UTF-8: a path made from such a string names another file.
  ///
  /// - Parameter count: the number of arguments at the end that are not checked.
  static func checkAll(butLast count: Int) throws(Failure) {
    for word in all.dropLast(count)
    where String(validating: word.dropLast(), as: UTF8.self) == nil {
      let shown = String(decoding: word.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw .usage(
        "\(VisibleText.of(shown)) is not valid UTF-8: only arguments after -- may be other bytes")
    }
  }

  private static var all: [[CChar]] {
    // Safe: the kernel ends each argument with 0, and this process does not change them.
    (0..<Int(CommandLine.argc)).compactMap { index in
      CommandLine.unsafeArgv[index].map {
        Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
      }
    }
  }
}
