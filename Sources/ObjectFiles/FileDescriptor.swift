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
  guard count > 0 else { return [] }
  var failure: SystemError?
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    do throws(SystemError) {
      filled = try read(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
  return bytes
}

/// pread(2) until a buffer is full, or the file ends. Returns how many bytes there were.
func read(
  _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
) throws(SystemError) -> Int {
  guard let start = off_t(exactly: offset), start <= off_t.max - off_t(buffer.count),
    let base = buffer.baseAddress
  else { return 0 }
  var filled = 0
  // pread is given the room that is left.
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
