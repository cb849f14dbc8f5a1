// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// A regular file that is open for reading, with the facts that name it.
///
/// Read by pread only: a mapped file that its owner cuts short would kill us by SIGBUS.
public final class OpenFile: ByteSource, Sendable {
  /// The descriptor, which is closed with this object.
  public let descriptor: FileDescriptor
  /// Size when it was opened; it may have changed since.
  public let size: UInt64
  /// The device of its file system (`st_dev`).
  public let device: UInt64
  /// The inode: with `device` equal for two descriptors of one file.
  public let inode: UInt64

  /// Refuses what is not a regular file.
  public init(_ descriptor: consuming FileDescriptor) throws(AbsenceReason) {
    let status: stat
    do throws(SystemError) { status = try descriptor.status() } catch { throw .denied }
    try refuseUnlessReadable(status)
    self.descriptor = descriptor
    size = UInt64(status.st_size)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// Opens a regular file, by a path that symbolic links cannot lead out of `root`.
  public convenience init(opening path: String, in root: String = "/") throws(AbsenceReason) {
    try self.init(try openRegularFile(path, in: root))
  }

  /// Exactly `count` bytes from `offset` on; nil if they cannot all be read.
  public func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    FileRanges(rawDescriptor: descriptor.rawValue, size: size).bytes(at: offset, count: count)
  }

  /// Fills a buffer from `offset` on. Where bytes cannot be read the buffer stays as it was.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
    // Cut short meanwhile, or not readable: the buffer stays as it was.
    _ = try? readBytes(of: descriptor.rawValue, into: buffer, at: offset)
  }
}

/// Ranges of a file that another object keeps open.
struct FileRanges: ByteSource {
  let rawDescriptor: CInt
  let size: UInt64

  func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    guard contains(offset: offset, count: count), let count = Int(exactly: count) else {
      return nil
    }
    do throws(SystemError) {
      let bytes = try readBytes(of: rawDescriptor, at: offset, count: count)
      return bytes.count == count ? bytes : nil
    } catch {
      return nil
    }
  }
}
