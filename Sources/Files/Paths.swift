// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Resolves a path by realpath(3): the result is absolute and without symbolic links; nil if
/// nothing exists at the path, or it cannot be resolved.
package func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// Reads the target of a symbolic link by readlink(2), at most 4096 bytes; nil if there is no
/// symbolic link at the path, or it cannot be read.
package func linkTarget(_ path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: 4096)
  let count = buffer.withUnsafeMutableBytes { bytes in
    // Safe: readlink writes at most the buffer's size.
    bytes.baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
  }
  return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
}
