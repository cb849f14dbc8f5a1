// SPDX-License-Identifier: Apache-2.0

/// Builds BTF, type by type. It checks nothing, so that broken BTF can be made, too.
struct TypeBytes {
  private var types: [UInt8] = []
  private var strings: [UInt8] = [0]
  private var count: UInt32 = 0

  /// Adds a type, and returns its id.
  ///
  /// - Parameters:
  ///   - kind: as in BTF.
  ///   - sizeOrType: the third word.
  ///   - parts: the number of members, values or parameters.
  ///   - details: the words behind the first three.
  @discardableResult
  mutating func add(
    _ kind: UInt32, _ name: String = "", _ sizeOrType: UInt32 = 0, parts: UInt32 = 0,
    details: [UInt32] = []
  ) -> UInt32 {
    append([offset(of: name), kind << 24 | parts, sizeOrType] + details)
    count += 1
    return count
  }

  mutating func integer(_ name: String, size: UInt32) -> UInt32 {
    add(1, name, size, details: [size * 8])
  }

  /// - Parameter members: names, types, offsets in bits.
  mutating func structure(
    _ name: String, size: UInt32, _ members: [(String, UInt32, UInt32)], isUnion: Bool = false
  ) -> UInt32 {
    let details = members.flatMap { [offset(of: $0.0), $0.1, $0.2] }
    return add(isUnion ? 5 : 4, name, size, parts: UInt32(members.count), details: details)
  }

  mutating func enumeration(_ name: String, _ values: [(String, UInt32)]) -> UInt32 {
    add(
      6, name, 4, parts: UInt32(values.count),
      details: values.flatMap { [offset(of: $0.0), $0.1] })
  }

  /// The offset of a name, which is added to the strings.
  private mutating func offset(of name: String) -> UInt32 {
    guard !name.isEmpty else { return 0 }
    defer { strings += Array(name.utf8) + [0] }
    return UInt32(strings.count)
  }

  private mutating func append(_ words: [UInt32]) { types += Self.bytes(words) }

  private static func bytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  /// The whole: header, types, strings.
  var bytes: [UInt8] {
    let header: [UInt32] = [
      0x0001_eb9f, 24, 0, UInt32(types.count), UInt32(types.count), UInt32(strings.count),
    ]
    return Self.bytes(header) + types + strings
  }
}
