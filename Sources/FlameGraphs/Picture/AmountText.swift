// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension ByteWriter {
  /// A count with its name: `1 sample`, `1,234 samples`.
  mutating func append(counted count: UInt64, _ name: String) {
    append(grouped: count)
    append(" ")
    append(text: count == 1 && name.hasSuffix("s") ? String(name.dropLast()) : name)
  }

  /// A share: `12.34 %`; 0 of nothing.
  mutating func append(percentOf part: UInt64, in whole: UInt64) {
    append(whole == 0 ? 0 : 100 * Double(part) / Double(whole), places: 2)
    append(" %")
  }

  /// A time in nanoseconds: `12 ns`, `3.0 µs`, `2.0 ms`, `1.23 s`.
  static func time(_ nanoseconds: Double) -> String {
    switch nanoseconds {
    case ..<1e3: text(nanoseconds, places: 0) + " ns"
    case ..<1e6: text(nanoseconds / 1e3, places: 1) + " µs"
    case ..<1e9: text(nanoseconds / 1e6, places: 1) + " ms"
    default: text(nanoseconds / 1e9, places: 2) + " s"
    }
  }

  /// A size in bytes: `512 B`, `1.5 MiB`.
  static func size(_ bytes: Double) -> String {
    var (value, step) = (bytes, 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024 && step < units.count - 1 {
      value /= 1024
      step += 1
    }
    return "\(text(value, places: step == 0 ? 0 : 1)) \(units[step])"
  }
}
