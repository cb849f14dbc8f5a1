// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A path as seen from the root, in which files of others are opened.
func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  return String(cString: folder) + "/" + path
}
