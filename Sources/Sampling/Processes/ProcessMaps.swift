// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// An executable line of `/proc/PID/maps`.
struct MapsLine: Hashable {
  var start: UInt64
  var end: UInt64
  var fileOffset: UInt64
  var deviceMajor: UInt32
  var deviceMinor: UInt32
  var inode: UInt64
  /// Empty for memory without a name.
  var path: String
}

/// `/proc/PID/maps` (proc(5)): `START-END PERMS OFFSET MAJOR:MINOR INODE   PATH`.
enum ProcessMaps {
  /// The executable mappings of a process, in the order of addresses; none for a thread of the
  /// kernel. Throws EACCES where a privilege is missing, ENOENT or ESRCH where the process has ended.
  static func executable(of pid: Int32) throws(SystemError) -> [MapsLine] {
    executable(parsing: try ProcFile.contents(of: "/proc/\(pid)/maps"))
  }

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
      path: String(decoding: unescaped(path), as: UTF8.self))
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

  /// The kernel writes a newline in a path as `\012`, and nothing else in that way.
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
