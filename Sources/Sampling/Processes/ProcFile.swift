// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Files of /proc and /sys: small, made while they are read, of no known size.
enum ProcFile {
  /// The whole file, up to `limit` bytes; nil if it cannot be read (its process may be gone).
  static func read(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var used = 0
    while used < limit {
      // The kernel makes a page or so a call; double the room so that growing stays cheap.
      if bytes.count - used < 4096 {
        bytes.append(contentsOf: repeatElement(0, count: max(8192, bytes.count)))
      }
      let count = bytes.withUnsafeMutableBytes { buffer in
        // Safe: reads into the part of the buffer that the rebased slice covers.
        let free = UnsafeMutableRawBufferPointer(rebasing: buffer[used...])
        return Glibc.read(descriptor, free.baseAddress, free.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if count == 0 { break }
      used += count
    }
    bytes.removeLast(bytes.count - used)
    return bytes
  }

  /// A decimal number alone in a file, such as a sysctl.
  static func number(_ path: String) -> Int? {
    guard let bytes = read(path, limit: 64) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  /// The process ids that /proc shows.
  static func processIDs() -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var ids: [Int32] = []
    while let entry = readdir(folder) {
      // Safe: d_name is NUL-terminated by the C library.
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let id = Int32(name) { ids.append(id) }
    }
    return ids
  }
}
