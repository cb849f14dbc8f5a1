// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// Files of /proc and /sys: small, made while they are read, of no known size.
enum ProcFile {
  /// The whole file, up to `limit` bytes; nil if it cannot be read (its process may be gone).
  static func read(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
    try? contents(of: path, limit: limit)
  }

  /// The whole file, up to `limit` bytes.
  static func contents(
    of path: String, limit: Int = 64 << 20
  ) throws(SystemError) -> [UInt8] {
    let file = try FileDescriptor(opening: path, O_RDONLY)
    var bytes: [UInt8] = []
    var used = 0
    while used < limit {
      // The kernel returns about a page a call. Doubling the buffer keeps growing it cheap.
      if bytes.count - used < 4096 {
        bytes.append(contentsOf: repeatElement(0, count: max(8192, bytes.count)))
      }
      let count = bytes.withUnsafeMutableBytes { buffer in
        // Safe: reads into the part of the buffer that the rebased slice covers.
        let free = UnsafeMutableRawBufferPointer(rebasing: buffer[used...])
        return retryingWhenInterrupted { Glibc.read(file.rawValue, free.baseAddress, free.count) }
      }
      if count < 0 { throw .last("read", path) }
      if count == 0 { break }
      used += count
    }
    bytes.removeLast(bytes.count - used)
    return bytes
  }

  /// What stands behind `NAME:` at the start of a line; nil where there is no such line.
  static func field(_ name: String, of path: String) -> Substring? {
    guard let bytes = read(path, limit: 1 << 16) else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix(name + ":") {
      return line.dropFirst(name.utf8.count + 1).drop { $0 == "\t" || $0 == " " }
    }
    return nil
  }

  /// Makes sure that `/proc` speaks of the processes that this process knows by their ids: else other
  /// programs would be looked at than those that are sampled.
  static func checkNamespace() throws(SamplingError) {
    guard linkTarget("/proc/self") == "\(getpid())" else { throw .procOfOtherNamespace }
  }

  /// A decimal number alone in a file, such as a sysctl.
  static func number(_ path: String) -> Int? {
    guard let bytes = read(path, limit: 64) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  /// The process ids that /proc shows.
  static func processIDs() -> [Int32] {
    entries(ofFolder: "/proc").compactMap { Int32($0.name) }
  }
}
