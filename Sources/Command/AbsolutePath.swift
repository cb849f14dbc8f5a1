// SPDX-License-Identifier: Apache-2.0

import Glibc

/// `path` with the working directory in front, unless it is absolute already. Object files are
/// opened by paths that start at the root.
func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  return String(cString: folder) + "/" + path
}
