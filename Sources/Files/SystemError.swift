// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The error of a system call: which call, on what, and its `errno`.
///
/// The command makes a sentence of it; see `Words.swift`.
package struct SystemError: Error, Hashable, Sendable {
  /// The name of the call, such as `openat2`.
  package var operation: String
  /// The path or name that the call was applied to; nil if the call has none. Untrusted text.
  package var thing: String?
  /// The value of `errno` that the call left, such as `ENOENT`.
  package var code: CInt

  /// Creates an error of a system call.
  ///
  /// - Parameters:
  ///   - operation: The name of the call, such as `openat2`.
  ///   - thing: The path or name that the call was applied to; nil if the call has none.
  ///   - code: The value of `errno`.
  package init(operation: String, thing: String? = nil, code: CInt) {
    self.operation = operation
    self.thing = thing
    self.code = code
  }

  /// Returns the error of the system call that failed just now, with the present value of `errno`.
  /// Must be called before anything else can change `errno`.
  ///
  /// - Parameters:
  ///   - operation: The name of the system call, such as `openat2`.
  ///   - thing: The path or name that the system call was applied to; nil if it has none. Evaluated
  ///     after `errno` was read, since that may change `errno`.
  package static func last(
    _ operation: StaticString, _ thing: @autoclosure () -> String? = nil
  ) -> SystemError {
    let code = errno
    return SystemError(operation: operation.description, thing: thing(), code: code)
  }
}
