// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel

/// The argument of `--include` and `--exclude`: a POSIX extended regular expression, as in `grep
/// -E`, that matches anywhere in a function's name.
struct NamePattern: ExpressibleByArgument {
  private let compiled: CompiledPattern

  init?(argument: String) {
    guard let compiled = CompiledPattern.compile(argument) else { return nil }
    self.compiled = compiled
  }

  /// Whether a name matches.
  var test: SampleSelection.NameTest {
    let compiled = compiled
    return { compiled.matches($0) }
  }
}

/// The owner of a `regex_t`. `@unchecked Sendable`: once compiled it is only read, and POSIX allows
/// regexec(3) on one `regex_t` from several threads.
private final class CompiledPattern: @unchecked Sendable {
  private let regex: UnsafeMutablePointer<regex_t>

  private init(adopting regex: UnsafeMutablePointer<regex_t>) {
    self.regex = regex
  }

  static func compile(_ pattern: String) -> CompiledPattern? {
    let regex = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
    regex.initialize(to: regex_t())
    guard regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB) == 0 else {
      regex.deallocate()
      return nil
    }
    return CompiledPattern(adopting: regex)
  }

  deinit {
    regfree(regex)
    regex.deallocate()
  }

  func matches(_ text: String) -> Bool { regexec(regex, text, 0, nil, 0) == 0 }
}
