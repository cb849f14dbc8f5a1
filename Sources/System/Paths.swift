// SPDX-License-Identifier: Apache-2.0

import Glibc

/// realpath(3): the absolute path without symbolic links; nil where nothing exists there.
public func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// readlink(2): the target of a symbolic link; nil where there is no link.
public func linkTarget(_ path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: 4096)
  let count = buffer.withUnsafeMutableBytes { bytes in
    // Safe: readlink writes at most the buffer's size.
    bytes.baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
  }
  return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
}
