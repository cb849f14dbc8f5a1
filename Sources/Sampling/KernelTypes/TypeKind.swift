// SPDX-License-Identifier: Apache-2.0

/// The kinds of types in BTF, with their numbers there (`BTF_KIND_…`).
enum TypeKind: UInt32 {
  case integer = 1
  case pointer = 2
  case array = 3
  case structure = 4
  case union = 5
  case enumeration = 6
  case forward = 7
  case typedef = 8
  case volatile = 9
  case constant = 10
  case restrict = 11
  case function = 12
  case prototype = 13
  case variable = 14
  case section = 15
  case floatingPoint = 16
  case declarationTag = 17
  case typeTag = 18
  case enumeration64 = 19

  /// The kind and the number of parts in the word `info` of a type; nil for a kind that is not known, or
  /// if bits are set that have no meaning yet.
  @inline(__always)
  static func parts(ofInfo info: UInt32) -> (kind: TypeKind, count: Int)? {
    guard info & 0x60ff_0000 == 0, let kind = TypeKind(rawValue: info >> 24 & 0x1f) else {
      return nil
    }
    return (kind, Int(info & 0xffff))
  }

  /// The size in bytes of what follows the first three words of a type with so many parts.
  @inline(__always)
  func detailSize(count: Int) -> Int {
    switch self {
    case .integer, .variable, .declarationTag: 4
    case .array: 12
    case .structure, .union, .section, .enumeration64: 12 * count
    case .enumeration, .prototype: 8 * count
    case .pointer, .forward, .typedef, .volatile, .constant, .restrict, .function, .floatingPoint,
      .typeTag:
      0
    }
  }

  /// Whether an access of a BPF program can begin at a type of this kind, which libbpf then finds by its
  /// name.
  var isFoundByName: Bool {
    switch self {
    case .structure, .union, .enumeration, .enumeration64, .typedef: true
    default: false
    }
  }
}
