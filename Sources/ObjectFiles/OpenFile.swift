// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// A regular file that is open for reading, with its size, device and inode.
///
/// Its bytes are read by pread(2) and never mapped: if the owner of the file truncated it while it
/// is mapped, reading it would end this process by SIGBUS.
package final class OpenFile: ByteSource, Sendable {
  /// The descriptor of the file, which is closed together with this object.
  package let descriptor: FileDescriptor
  /// The size of the file when it was opened, in bytes. The file may have changed since.
  package let size: UInt64
  /// The id of the device that the file is on (`st_dev` of stat(2)).
  package let device: UInt64
  /// The inode number of the file (`st_ino` of stat(2)). Two open files with equal `device` and
  /// `inode` are the same file.
  package let inode: UInt64

  /// Takes over the descriptor of a regular file, which must be open for reading.
  ///
  /// - Throws: `refusedType` if the file is empty or not a regular one, `tooBig` if it is above 64
  ///   GiB, `denied` if its status cannot be read. The descriptor is then closed.
  package init(_ descriptor: consuming FileDescriptor) throws(AbsenceReason) {
    let status: stat
    do throws(SystemError) { status = try descriptor.status() } catch { throw .denied }
    try refuseUnlessReadable(status)
    self.descriptor = descriptor
    size = UInt64(status.st_size)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// Opens a regular file for reading. Symbolic links in `path` cannot lead out of the folder
  /// `root`.
  ///
  /// - Parameters:
  ///   - path: The path of the file, as a process sees it whose root folder is `root`.
  ///   - root: The path of a folder, such as `/proc/PID/root`; by default `/`.
  /// - Throws: `exited` if `root` does not exist, `deleted` if nothing is at the path,
  ///   `refusedType` if the file is empty or not regular, `tooBig` if it is above 64 GiB, `remote`
  ///   if its file system does not answer, and `denied` for all other failures.
  package convenience init(opening path: String, in root: String = "/") throws(AbsenceReason) {
    try self.init(try openRegularFile(path, in: root))
  }

  /// The version of the file now; nil if its status cannot be read. No server is asked.
  package func version() -> FileVersion? {
    var status = stat()
    return fb_known_status(descriptor.rawValue, &status) == 0 ? FileVersion(status) : nil
  }

  /// Reads exactly `count` bytes of the file from `offset` on, in bytes from its beginning; nil if
  /// they cannot all be read.
  package func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    FileRanges(rawDescriptor: descriptor.rawValue, size: size).bytes(at: offset, count: count)
  }

  /// Fills a buffer with as many bytes of the file as it holds, from `offset` on. Bytes of the
  /// buffer that cannot be read stay as they were.
  ///
  /// - Parameters:
  ///   - buffer: The memory to fill.
  ///   - offset: The position of the first byte, in bytes from the beginning of the file.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
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
