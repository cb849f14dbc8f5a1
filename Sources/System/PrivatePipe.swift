// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Two connected descriptors, both close-on-exec from the start: no program that another thread starts
/// meanwhile gets them.
///
/// They are sockets, since Swift's module of the C library has no pipe2(2), and pipe(2) would leave them
/// open for a moment.
package struct PrivatePipe: ~Copyable, Sendable {
  /// The end to read from. At its end of file there is no other end any more.
  package let reader: FileDescriptor
  /// The end to write to.
  package let writer: FileDescriptor

  /// Makes both ends.
  ///
  /// - Throws: The error of socketpair(2).
  package init() throws(SystemError) {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .last("socketpair") }
    reader = FileDescriptor(adopting: ends[0])
    writer = FileDescriptor(adopting: ends[1])
  }

  /// Ends this value without closing the ends: from now on the caller must close them.
  package consuming func release() -> (reader: CInt, writer: CInt) {
    (reader.release(), writer.release())
  }

  /// Closes the end to write to, once another process has it, and returns the other one.
  package consuming func closingWriter() -> FileDescriptor { reader }
}
