// SPDX-License-Identifier: Apache-2.0

import FlameGraphs

extension CallTree.Label {
  /// A function with its module: `malloc  (libc.so.6)`. Only the name if that contains the module,
  /// as `perl+0x1234` and `[libnameless.so]` do.
  var nameAndModule: String {
    let isNameless = [module, "[\(module)]"].contains(name) || name.hasPrefix("\(module)+0x")
    return module.isEmpty || isNameless ? name : "\(name)  (\(module))"
  }
}

extension String {
  /// The text, aligned right in a column of `width` characters.
  func padded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
