// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Files of `/proc` and `/sys`: small, generated while they are read, of no known size.
public enum ProcFile {
  /// The whole file, up to `limit` bytes; nil where it cannot be read: its process may have ended.
  public static func read(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
    do throws(SystemError) { return try contents(of: path, limit: limit) } catch { return nil }
  }

  /// The whole file, up to `limit` bytes.
  public static func contents(
    of path: String, limit: Int = 64 << 20
  ) throws(SystemError) -> [UInt8] {
    let file = try FileDescriptor(opening: path, O_RDONLY)
    var bytes: [UInt8] = []
    var used = 0
    while used < limit {
      // The kernel generates about a page a call. Doubling the buffer keeps growing it cheap.
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

  /// The text after `NAME:` at the start of a line; nil where there is no such line.
  public static func field(_ name: String, of path: String) -> Substring? {
    guard let bytes = read(path, limit: 1 << 16) else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix(name + ":") {
      return line.dropFirst(name.utf8.count + 1).drop { $0 == "\t" || $0 == " " }
    }
    return nil
  }

  /// Whether `/proc` shows the pid namespace that this process is in. Otherwise its ids name other
  /// processes than system calls do.
  public static var showsOwnNamespace: Bool { linkTarget("/proc/self") == "\(getpid())" }

  /// A decimal integer alone in a file, such as a sysctl; nil where there is none.
  public static func number(_ path: String) -> Int? {
    guard let bytes = read(path, limit: 64) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  /// The ids of all processes that `/proc` shows, in no order.
  public static func processIDs() -> [Int32] {
    entries(ofFolder: "/proc").compactMap { Int32($0.name) }
  }
}
