// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel

/// The words of the command line as they were given. The parser's are text: what is no UTF-8 in them is
/// lost, though names of files and a command's arguments may be any bytes.
enum RawArguments {
  /// As C strings.
  static func last(_ count: Int) -> [[CChar]] { all.suffix(count) }

  /// Refuses words that would be taken for others.
  ///
  /// - Parameter count: of those at the end that may be anything.
  static func checkAll(butLast count: Int) throws(Failure) {
    for word in all.dropLast(count)
    where String(validating: word.dropLast(), as: UTF8.self) == nil {
      let shown = String(decoding: word.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw .usage(
        "\(VisibleText.of(shown)) is no UTF-8: only a command's words, behind --, need not be")
    }
  }

  private static var all: [[CChar]] {
    // Safe: the kernel ends each word with 0, and nobody writes there.
    (0..<Int(CommandLine.argc)).compactMap { index in
      CommandLine.unsafeArgv[index].map {
        Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
      }
    }
  }
}
