// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Makes small BTF of large: some types by name, and what is inside them. A pointer leads to `void`: to
/// find members, libbpf never follows one, and nearly all of the kernel's types hang together by them.
struct TypeReduction {
  /// The most bytes of the result; of what the programs read of Linux 6.18, there are 34 KB.
  private static let mostBytes = 4 << 20
  /// The id of the type `void *`, which is the first one.
  private static let pointer: UInt32 = 1

  private let source: TypeTable
  /// New ids by the ids in the source.
  private var ids: [UInt32: UInt32] = [0: 0]
  /// Ids in the source of the types that are kept, in the order of their new ids, from 2 on.
  private var kept: [UInt32] = []
  /// Offsets of names in the new strings by those in the source.
  private var nameOffsets: [UInt32: UInt32] = [0: 0]
  private var types: [UInt8] = []
  private var strings: [UInt8] = [0]

  /// Returns BTF with those types of `source` that have one of the names.
  ///
  /// - Returns: nil if there are none, or if they cannot be understood or are too large.
  static func reduced(_ source: TypeTable, to names: TypeNames) -> [UInt8]? {
    var reduction = TypeReduction(source: source)
    reduction.append(0, TypeKind.pointer.rawValue << 24, 0)
    for id in 1..<UInt32(source.count + 1) {
      guard let type = source.type(id), type.kind.isFoundByName,
        names.contains(nameAt: type.name, of: source)
      else { continue }
      _ = reduction.newID(of: id)
    }
    guard !reduction.kept.isEmpty else { return nil }
    var next = 0
    while next < reduction.kept.count {
      guard reduction.write(reduction.kept[next]) else { return nil }
      next += 1
    }
    return reduction.bytes()
  }

  private init(source: TypeTable) { self.source = source }

  private func bytes() -> [UInt8] {
    var writer = TypeReduction(source: source)
    // Magic number, version 1, no flags.
    writer.append(0x0001_eb9f, 24, 0)
    writer.append(UInt32(types.count), UInt32(types.count), UInt32(strings.count))
    return writer.types + types + strings
  }

  private mutating func append(_ words: UInt32...) {
    for word in words { withUnsafeBytes(of: word.littleEndian) { types.append(contentsOf: $0) } }
  }

  /// The new id of a type, which is kept from now on; nil if the source has no such type.
  private mutating func newID(of id: UInt32) -> UInt32? {
    if let known = ids[id] { return known }
    guard let type = source.type(id) else { return nil }
    switch type.kind {
    case .pointer: ids[id] = Self.pointer
    // Nothing has a function inside of it.
    case .prototype: ids[id] = 0
    case .function, .variable, .section, .declarationTag: return nil
    default:
      kept.append(id)
      ids[id] = UInt32(kept.count) + Self.pointer
    }
    return ids[id]
  }

  /// The offset of a name in the new strings; nil if the source has no such name.
  private mutating func newName(of offset: UInt32) -> UInt32? {
    if let known = nameOffsets[offset] { return known }
    guard let name = source.name(at: offset) else { return nil }
    let new = UInt32(strings.count)
    strings.append(contentsOf: name)
    strings.append(0)
    nameOffsets[offset] = new
    return new
  }

  /// Writes a type; false if it is broken, or if the result gets too large.
  private mutating func write(_ id: UInt32) -> Bool {
    guard let type = source.type(id), let name = newName(of: type.name) else { return false }
    var details = type.details
    switch type.kind {
    case .typedef, .volatile, .constant, .restrict, .typeTag:
      guard let target = newID(of: type.sizeOrType) else { return false }
      append(name, type.info, target)
    case .array:
      guard let element = details.load(UInt32.self).flatMap({ newID(of: $0) }),
        let index = details.load(UInt32.self).flatMap({ newID(of: $0) }),
        let count = details.load(UInt32.self)
      else { return false }
      append(name, type.info, type.sizeOrType, element, index, count)
    case .structure, .union:
      append(name, type.info, type.sizeOrType)
      while !details.isAtEnd {
        guard let member = details.load(UInt32.self).flatMap({ newName(of: $0) }),
          let target = details.load(UInt32.self).flatMap({ newID(of: $0) }),
          let offset = details.load(UInt32.self)
        else { return false }
        append(member, target, offset)
      }
    case .enumeration, .enumeration64:
      append(name, type.info, type.sizeOrType)
      while !details.isAtEnd {
        guard let value = details.load(UInt32.self).flatMap({ newName(of: $0) }),
          let low = details.load(UInt32.self)
        else { return false }
        append(value, low)
        if type.kind == .enumeration64 {
          guard let high = details.load(UInt32.self) else { return false }
          append(high)
        }
      }
    case .integer:
      guard let encoding = details.load(UInt32.self) else { return false }
      append(name, type.info, type.sizeOrType, encoding)
    case .forward, .floatingPoint:
      append(name, type.info, type.sizeOrType)
    case .pointer, .function, .prototype, .variable, .section, .declarationTag:
      return false
    }
    return types.count + strings.count <= Self.mostBytes
  }
}
