// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Lists the entries of a folder, in no order, without `.` and `..`: the name of each, which is
/// untrusted text, and whether it is a folder. The list is empty if the folder cannot be read.
package func entries(ofFolder path: String) -> [(name: String, isFolder: Bool)] {
  guard let listing = opendir(path) else { return [] }
  defer { closedir(listing) }
  var entries: [(name: String, isFolder: Bool)] = []
  while let entry = readdir(listing) {
    // Safe: d_name is NUL-terminated by the C library.
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name == "." || name == ".." { continue }
    entries.append((name, entry.pointee.d_type == UInt8(DT_DIR)))
  }
  return entries
}
