// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Owns an open file: closed when the owner goes.
public struct FileDescriptor: ~Copyable, Sendable {
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

  /// Gives the descriptor away: the caller closes it.
  public consuming func release() -> CInt {
    let raw = rawValue
    discard self
    return raw
  }

  /// fstat(2).
  public borrowing func status() throws(SystemError) -> stat {
    var status = stat()
    guard fstat(rawValue, &status) == 0 else { throw .last("fstat") }
    return status
  }

  /// pread(2) until `count` bytes are there.
  ///
  /// Returns fewer only at the end of the file, which may have been cut while it was read.
  public borrowing func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
    try ObjectFiles.read(rawValue, at: offset, count: count)
  }
}

/// pread(2) until `count` bytes are there, or the file ends.
func read(_ descriptor: CInt, at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
  guard count > 0, let start = off_t(exactly: offset), start <= off_t.max - off_t(count) else {
    return []
  }
  var failure: SystemError?
  // The buffer is written by pread, which is given its true room.
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    while filled < count, let base = buffer.baseAddress {
      let done = filled
      let read = retryingWhenInterrupted {
        pread(descriptor, base + done, count - done, start + off_t(done))
      }
      if read < 0 { failure = .last("pread") }
      if read <= 0 { break }
      filled += read
    }
  }
  if let failure { throw failure }
  return bytes
}

/// Repeats a system call as long as signals interrupt it: the only EINTR loop.
public func retryingWhenInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
