// SPDX-License-Identifier: Apache-2.0

extension String {
  /// Returns whether the UTF-8 bytes of `text` occur anywhere in those of this string. Those of an
  /// empty text always do.
  ///
  /// Swift's own `contains(_:)` of a string compares characters, and brings the module of regular
  /// expressions into every program, which is 2 MB.
  public func containsBytes(of text: String) -> Bool {
    guard let first = text.utf8.first else { return true }
    var rest = utf8[...]
    while let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: text.utf8) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
