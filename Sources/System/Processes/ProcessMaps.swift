// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An executable mapping of a process: a line of `/proc/PID/maps` (proc(5)).
package struct MapsLine: Hashable, Sendable {
  /// The first address of the mapping.
  package var start: UInt64
  /// The address behind the last byte of the mapping.
  package var end: UInt64
  /// The offset in the file of the byte at `start`, in bytes; 0 without a file.
  package var fileOffset: UInt64
  /// The major number of the file's device; 0 without a file.
  package var deviceMajor: UInt32
  /// The minor number of the file's device; 0 without a file.
  package var deviceMinor: UInt32
  /// The inode of the file; 0 without a file.
  package var inode: UInt64
  /// The path of the file, or a name such as `[vdso]`; empty for memory without a name. Untrusted
  /// text.
  package var path: String
  /// Whether the process may write to the mapping.
  package var isWritable: Bool

  /// Creates a mapping from the fields of its line; by default one of memory without a file or
  /// name.
  package init(
    start: UInt64, end: UInt64, fileOffset: UInt64 = 0, deviceMajor: UInt32 = 0,
    deviceMinor: UInt32 = 0, inode: UInt64 = 0, path: String = "", isWritable: Bool = false
  ) {
    (self.start, self.end, self.fileOffset) = (start, end, fileOffset)
    (self.deviceMajor, self.deviceMinor, self.inode) = (deviceMajor, deviceMinor, inode)
    self.path = path
    self.isWritable = isWritable
  }
}

/// The reader of `/proc/PID/maps` (proc(5)), which has a line for each mapping:
/// `START-END PERMS OFFSET MAJOR:MINOR INODE   PATH`.
package enum ProcessMaps {
  /// Reads the executable mappings of a process, sorted by address; a kernel thread has none.
  ///
  /// They are those of its main thread, or if that has ended, of another one.
  ///
  /// - Parameter pid: The process id, in the pid namespace that `/proc` shows.
  /// - Throws: EACCES if a privilege is missing, ENOENT or ESRCH if the process has ended.
  package static func executable(of pid: Int32) throws(SystemError) -> [MapsLine] {
    var failure: SystemError?
    for thread in ProcessThreads(of: pid) {
      do throws(SystemError) {
        let bytes = try ProcFile.contents(of: "/proc/\(pid)/task/\(thread)/maps")
        if !bytes.isEmpty { return executable(parsing: bytes) }
      } catch {
        if error.code == EACCES { throw error }
        // Another thread may end, too, between the list and this.
        if thread == pid { failure = error }
      }
    }
    if let failure { throw failure }
    return []
  }

  /// Parses the text of the file, and returns the executable mappings. Lines of another form are
  /// skipped.
  static func executable(parsing bytes: [UInt8]) -> [MapsLine] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap(executableLine)
  }

  private static func executableLine(_ line: ArraySlice<UInt8>) -> MapsLine? {
    // A path may hold blanks, and is padded in front: five cuts, then what is left.
    let fields = line.split(
      separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count >= 5, fields[1].count >= 4,
      fields[1][fields[1].startIndex + 2] == UInt8(ascii: "x"),
      let range = pair(fields[0], separator: "-"), range.0 < range.1,
      let offset = hexadecimal(fields[2]),
      let device = pair(fields[3], separator: ":"),
      let inode = UInt64(String(decoding: fields[4], as: UTF8.self))
    else { return nil }
    let path = fields.count > 5 ? fields[5].drop { $0 == UInt8(ascii: " ") } : []
    return MapsLine(
      start: range.0, end: range.1, fileOffset: offset,
      deviceMajor: UInt32(truncatingIfNeeded: device.0),
      deviceMinor: UInt32(truncatingIfNeeded: device.1), inode: inode,
      path: String(decoding: unescaped(path), as: UTF8.self),
      isWritable: fields[1][fields[1].startIndex + 1] == UInt8(ascii: "w"))
  }

  private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt64? {
    UInt64(String(decoding: text, as: UTF8.self), radix: 16)
  }

  private static func pair(
    _ text: ArraySlice<UInt8>, separator: Unicode.Scalar
  ) -> (UInt64, UInt64)? {
    let halves = text.split(separator: UInt8(ascii: separator))
    guard halves.count == 2, let first = hexadecimal(halves[0]), let second = hexadecimal(halves[1])
    else { return nil }
    return (first, second)
  }

  /// Restores the newlines of a path, which the kernel writes as `\012`; it escapes nothing else.
  private static func unescaped(_ path: ArraySlice<UInt8>) -> [UInt8] {
    let escape = Array("\\012".utf8)
    guard path.contains(escape[0]) else { return Array(path) }
    var result: [UInt8] = []
    var rest = path
    while let byte = rest.first {
      let isNewline = rest.starts(with: escape)
      result.append(isNewline ? UInt8(ascii: "\n") : byte)
      rest = rest.dropFirst(isNewline ? escape.count : 1)
    }
    return result
  }
}
