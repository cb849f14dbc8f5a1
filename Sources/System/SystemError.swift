// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A system call that failed: which one, on what, and its `errno`.
///
/// The command turns it into a sentence; see `Words.swift`.
public struct SystemError: Error, Hashable, Sendable {
  /// Name of the call, such as `openat2`.
  public var operation: String
  /// The path or name that the call was applied to; nil where it had none. Untrusted text.
  public var thing: String?
  /// The value of `errno`.
  public var code: CInt

  /// An error with these parts.
  public init(operation: String, thing: String? = nil, code: CInt) {
    self.operation = operation
    self.thing = thing
    self.code = code
  }

  /// The error of the call that failed just now.
  ///
  /// `errno` is read first: evaluating `thing` may allocate and change it.
  public static func last(
    _ operation: StaticString, _ thing: @autoclosure () -> String? = nil
  ) -> SystemError {
    let code = errno
    return SystemError(operation: operation.description, thing: thing(), code: code)
  }
}
