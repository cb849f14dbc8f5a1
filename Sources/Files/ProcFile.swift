// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Functions that read files of `/proc` and `/sys`: these are small, their size is not known
/// before, and the kernel generates them during the read.
package enum ProcFile {
  /// Reads a whole file; nil if that fails, for instance because the process whose file it is has
  /// ended.
  ///
  /// - Parameter limit: The number of bytes, at least 0, at which reading stops: what follows in a
  ///   larger file is left out, apart from the rest of the last read.
  package static func read(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
    do throws(SystemError) { return try contents(of: path, limit: limit) } catch { return nil }
  }

  /// Reads a whole file.
  ///
  /// - Parameter limit: The number of bytes, at least 0, at which reading stops: what follows in a
  ///   larger file is left out, apart from the rest of the last read.
  /// - Throws: The error of open(2) or read(2).
  package static func contents(
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

  /// Reads a file whose lines have the form `NAME: TEXT`, such as `/proc/PID/status`, and returns
  /// the text of the first line with a name, without the blanks before it; nil if there is no such
  /// line, or the file cannot be read.
  ///
  /// - Parameter name: The name, without the colon.
  package static func field(_ name: String, of path: String) -> Substring? {
    guard let bytes = read(path, limit: 1 << 16) else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix(name + ":") {
      return line.dropFirst(name.utf8.count + 1).drop { $0 == "\t" || $0 == " " }
    }
    return nil
  }

  /// Whether `/proc` shows the pid namespace of this process. If it does not, an id in `/proc` and
  /// the same id in a system call can stand for different processes.
  package static var showsOwnNamespace: Bool { linkTarget("/proc/self") == "\(getpid())" }

  /// Reads a decimal integer that is alone in a file, such as a sysctl; nil if the file cannot be
  /// read, or has no such integer.
  package static func number(_ path: String) -> Int? {
    guard let bytes = read(path, limit: 64) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  /// Lists the ids of all processes that `/proc` shows, in no order; empty if it cannot be read.
  package static func processIDs() -> [Int32] {
    entries(ofFolder: "/proc").compactMap { Int32($0.name) }
  }
}
