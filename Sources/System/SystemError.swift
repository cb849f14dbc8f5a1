// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The error of a system call: which call, on what, and its `errno`.
///
/// The command makes a sentence of it; see `Words.swift`.
public struct SystemError: Error, Hashable, Sendable {
  /// The name of the call, such as `openat2`.
  public var operation: String
  /// The path or name that the call was applied to; nil where it had none. Untrusted text.
  public var thing: String?
  /// The value of `errno`.
  public var code: CInt

  /// Creates an error with these parts.
  public init(operation: String, thing: String? = nil, code: CInt) {
    self.operation = operation
    self.thing = thing
    self.code = code
  }

  /// Returns the error of the call that failed just now, with the present value of `errno`. Must be
  /// called before any other call can change `errno`.
  ///
  /// `thing` is evaluated afterwards, since that may allocate and change `errno`.
  public static func last(
    _ operation: StaticString, _ thing: @autoclosure () -> String? = nil
  ) -> SystemError {
    let code = errno
    return SystemError(operation: operation.description, thing: thing(), code: code)
  }
}
