// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The argument of `--time`: `1.5-3`, `10-`, `-0.5`, in seconds.
struct TimeRange: ExpressibleByArgument {
  /// Since the start of the recording.
  var nanoseconds: Range<UInt64>

  init?(argument: String) {
    guard let hyphen = argument.firstIndex(of: "-") else { return nil }
    let (from, to) = (argument[..<hyphen], argument[argument.index(after: hyphen)...])
    guard !from.isEmpty || !to.isEmpty, let start = Self.time(from, orIfEmpty: 0),
      let end = Self.time(to, orIfEmpty: .max), start < end
    else { return nil }
    nanoseconds = start..<end
  }

  private static func time(_ text: Substring, orIfEmpty fallback: UInt64) -> UInt64? {
    if text.isEmpty { return fallback }
    guard text.allSatisfy({ $0.isNumber || $0 == "." }), let seconds = Double(text),
      seconds < 1e9
    else { return nil }
    return UInt64(seconds * 1e9)
  }
}
