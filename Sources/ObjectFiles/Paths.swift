// SPDX-License-Identifier: Apache-2.0

import Glibc

/// realpath(3): absolute, without symbolic links; nil where nothing is there.
public func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// readlink(2): where a symbolic link points; nil where there is none.
public func linkTarget(_ path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: 4096)
  let count = buffer.withUnsafeMutableBytes { bytes in
    // Safe: readlink is told the buffer's room.
    bytes.baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
  }
  return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
}
