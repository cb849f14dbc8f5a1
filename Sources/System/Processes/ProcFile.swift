// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Functions that read files of `/proc` and `/sys`: these are small, their size is not known
/// before, and the kernel generates them during the read.
public enum ProcFile {
  /// Reads a whole file; nil if that fails, for instance because its process has ended.
  ///
  /// - Parameter limit: The size in bytes after which reading stops.
  public static func read(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
    do throws(SystemError) { return try contents(of: path, limit: limit) } catch { return nil }
  }

  /// Reads a whole file.
  ///
  /// - Parameter limit: The size in bytes after which reading stops.
  /// - Throws: The error of open(2) or read(2).
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

  /// Finds the text after `NAME:` in a file of such lines, as `/proc/PID/status`; nil if there is
  /// no such line, or no such file.
  public static func field(_ name: String, of path: String) -> Substring? {
    guard let bytes = read(path, limit: 1 << 16) else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix(name + ":") {
      return line.dropFirst(name.utf8.count + 1).drop { $0 == "\t" || $0 == " " }
    }
    return nil
  }

  /// Whether `/proc` shows the pid namespace of this process. If not, an id in `/proc` and the same
  /// id in a system call are different processes.
  public static var showsOwnNamespace: Bool { linkTarget("/proc/self") == "\(getpid())" }

  /// Reads a decimal integer that is alone in a file, such as a sysctl; nil if the file cannot be
  /// read, or has no such integer.
  public static func number(_ path: String) -> Int? {
    guard let bytes = read(path, limit: 64) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  /// Lists the ids of all processes that `/proc` shows, in no order.
  public static func processIDs() -> [Int32] {
    entries(ofFolder: "/proc").compactMap { Int32($0.name) }
  }
}
