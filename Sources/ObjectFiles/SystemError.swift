// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A system call that failed: what was tried, on what, and the `errno` it left.
///
/// Words are made of it at the edge, by whoever speaks to people.
public struct SystemError: Error, Hashable, Sendable {
  /// The call, such as `openat2`.
  public var operation: String
  /// The path or name that it was tried on. Foreign text.
  public var thing: String?
  public var code: CInt

  public init(operation: String, thing: String? = nil, code: CInt) {
    self.operation = operation
    self.thing = thing
    self.code = code
  }

  /// The error of the call that failed just now.
  ///
  /// `errno` is read before anything else happens: making `thing` may allocate and change it.
  public static func last(
    _ operation: StaticString, _ thing: @autoclosure () -> String? = nil
  ) -> SystemError {
    let code = errno
    return SystemError(operation: operation.description, thing: thing(), code: code)
  }
}
