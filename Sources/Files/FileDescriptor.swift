// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An owned file descriptor, which is closed when this value's lifetime ends.
package struct FileDescriptor: ~Copyable, Sendable {
  /// The descriptor's number, for system calls; negative only if `init(adopting:)` was given a
  /// negative number.
  package let rawValue: CInt

  /// Takes over an open descriptor: from now on this value closes it.
  package init(adopting rawValue: CInt) {
    self.rawValue = rawValue
  }

  /// Opens the file at a path by open(2).
  ///
  /// - Parameter flags: The flags of open(2), such as O_RDONLY; O_CLOEXEC is added.
  /// - Throws: The error of open(2).
  package init(opening path: String, _ flags: CInt) throws(SystemError) {
    let raw = retryingWhenInterrupted { open(path, flags | O_CLOEXEC) }
    guard raw >= 0 else { throw .last("open", path) }
    self.init(adopting: raw)
  }

  deinit { close(rawValue) }

  /// Ends this value without closing the descriptor, and returns the descriptor's number: from now
  /// on the caller must close it.
  package consuming func release() -> CInt {
    let raw = rawValue
    discard self
    return raw
  }

  /// Returns the type, size, owner and times of the file, by fstat(2).
  ///
  /// - Throws: The error of fstat(2).
  package borrowing func status() throws(SystemError) -> stat {
    var status = stat()
    guard fstat(rawValue, &status) == 0 else { throw .last("fstat") }
    return status
  }

  /// Reads `count` bytes of the file by pread(2), from an offset in bytes.
  ///
  /// - Returns: The bytes; fewer than `count` only if the file ends before, as it also does if it
  ///   is truncated during the read.
  /// - Throws: The error of pread(2).
  package borrowing func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
    try readBytes(of: rawValue, at: offset, count: count)
  }
}

/// Reads `count` bytes of an open file by pread(2), from an offset in bytes.
///
/// - Returns: The bytes; fewer than `count` only if the file ends before.
/// - Throws: The error of pread(2).
package func readBytes(
  of descriptor: CInt, at offset: UInt64, count: Int
) throws(SystemError) -> [UInt8] {
  guard count > 0 else { return [] }
  var failure: SystemError?
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    do throws(SystemError) {
      filled = try readBytes(
        of: descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
  return bytes
}

/// Fills a buffer with bytes of an open file by pread(2), from an offset in bytes.
///
/// - Returns: The number of bytes read; fewer than the buffer has only if the file ends before.
/// - Throws: The error of pread(2).
package func readBytes(
  of descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
) throws(SystemError) -> Int {
  guard let start = off_t(exactly: offset), start <= off_t.max - off_t(buffer.count),
    let base = buffer.baseAddress
  else { return 0 }
  var filled = 0
  // pread gets the part of the buffer that is not filled yet.
  while filled < buffer.count {
    let done = filled
    let read = retryingWhenInterrupted {
      pread(descriptor, base + done, buffer.count - done, start + off_t(done))
    }
    if read < 0 { throw .last("pread") }
    if read == 0 { break }
    filled += read
  }
  return filled
}

/// Repeats a system call as long as a signal interrupts it (EINTR).
///
/// - Parameter call: Makes the system call and returns its result; -1 is an error, with the reason
///   in `errno`.
/// - Returns: The result of the last call: -1 if that failed for a reason other than EINTR.
package func retryingWhenInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
