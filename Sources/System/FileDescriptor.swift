// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An owned file descriptor: closed when its owner's lifetime ends.
public struct FileDescriptor: ~Copyable, Sendable {
  /// The descriptor, for calls that take one: never negative.
  public let rawValue: CInt

  /// Takes over an open descriptor.
  public init(adopting rawValue: CInt) {
    self.rawValue = rawValue
  }

  /// open(2), with O_CLOEXEC added.
  public init(opening path: String, _ flags: CInt) throws(SystemError) {
    let raw = retryingWhenInterrupted { open(path, flags | O_CLOEXEC) }
    guard raw >= 0 else { throw .last("open", path) }
    self.init(adopting: raw)
  }

  deinit { close(rawValue) }

  /// Returns the descriptor without closing it: the caller closes it.
  public consuming func release() -> CInt {
    let raw = rawValue
    discard self
    return raw
  }

  /// The type, size, owner and times of the file, by fstat(2).
  public borrowing func status() throws(SystemError) -> stat {
    var status = stat()
    guard fstat(rawValue, &status) == 0 else { throw .last("fstat") }
    return status
  }

  /// Reads `count` bytes from an offset, in bytes, by pread(2).
  ///
  /// Returns fewer only at the end of the file, which may have been truncated while it was read.
  public borrowing func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
    try readBytes(of: rawValue, at: offset, count: count)
  }
}

/// Reads `count` bytes of an open file from an offset, in bytes, by pread(2). Returns fewer only at
/// the end of the file.
public func readBytes(
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

/// Fills a buffer from an offset of an open file, by pread(2).
///
/// - Returns: how many bytes were read; fewer than the buffer has only at the end of the file.
public func readBytes(
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

/// Repeats a system call as long as signals interrupt it: the only EINTR loop.
public func retryingWhenInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
