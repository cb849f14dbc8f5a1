// SPDX-License-Identifier: Apache-2.0

import FlameGraphs

extension CallTree.Label {
  /// `malloc  (libc.so.6)`; what has no name of its own (`perl+0x1234`) tells its module already.
  var nameAndModule: String {
    let isNameless = [module, "[\(module)]"].contains(name) || name.hasPrefix("\(module)+0x")
    return module.isEmpty || isNameless ? name : "\(name)  (\(module))"
  }
}

extension String {
  /// Flush right in a column.
  func padded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
