// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// A regular file that is open for reading, with its size, device and inode.
///
/// It is read by pread(2) and never mapped: if its owner truncated a mapped file, reading it would
/// end this process by SIGBUS.
public final class OpenFile: ByteSource, Sendable {
  /// The descriptor, which is closed with this object.
  public let descriptor: FileDescriptor
  /// The size of the file when it was opened, in bytes. The file may have changed since.
  public let size: UInt64
  /// The id of the device that the file is on (`st_dev`).
  public let device: UInt64
  /// The inode number (`st_ino`). Two descriptors with equal `device` and `inode` are of the same
  /// file.
  public let inode: UInt64

  /// Takes over the descriptor of a regular file.
  ///
  /// - Throws: `refusedType` if it is empty or not a regular file, `tooBig` if it is above the
  ///   limit, `denied` if its status cannot be read.
  public init(_ descriptor: consuming FileDescriptor) throws(AbsenceReason) {
    let status: stat
    do throws(SystemError) { status = try descriptor.status() } catch { throw .denied }
    try refuseUnlessReadable(status)
    self.descriptor = descriptor
    size = UInt64(status.st_size)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// Opens a regular file. Symbolic links in `path` cannot lead out of the folder `root`.
  ///
  /// - Throws: Why it cannot be opened; see `openRegularFile`.
  public convenience init(opening path: String, in root: String = "/") throws(AbsenceReason) {
    try self.init(try openRegularFile(path, in: root))
  }

  /// Reads exactly `count` bytes from `offset` on; nil if they cannot all be read.
  public func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    FileRanges(rawDescriptor: descriptor.rawValue, size: size).bytes(at: offset, count: count)
  }

  /// Fills a buffer with the bytes from `offset` on. Where they cannot be read, the buffer stays as
  /// it was.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
    // If the file was truncated, or cannot be read, the rest of the buffer stays as it was.
    _ = try? readBytes(of: descriptor.rawValue, into: buffer, at: offset)
  }
}

/// A source of the bytes of a file whose descriptor another object owns and keeps open.
struct FileRanges: ByteSource {
  /// The descriptor, which must stay open as long as this value is used.
  let rawDescriptor: CInt
  /// The size of the file in bytes.
  let size: UInt64

  /// Reads exactly `count` bytes from `offset` on; nil if they cannot all be read.
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
