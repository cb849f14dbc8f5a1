// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The names of the types that a BPF object was compiled with. libbpf finds the kernel's types by them.
struct TypeNames {
  private struct Name {
    /// The first eight bytes, with zeros behind a shorter name.
    let head: UInt64
    let bytes: [UInt8]
  }

  /// Sorted by `head`.
  private let names: [Name]

  init(of object: TypeTable) {
    var found: Set<[UInt8]> = []
    for id in 0..<UInt32(object.count) {
      guard let type = object.type(id + 1), type.kind.isFoundByName,
        let name = object.name(at: type.name), !name.isEmpty
      else { continue }
      found.insert(Self.withoutFlavour(Array(name)))
    }
    names = found.map { name in
      let head = name.prefix(8).enumerated().reduce(0) {
        $0 | UInt64($1.element) << ($1.offset * 8)
      }
      return Name(head: head, bytes: name)
    }.sorted { $0.head < $1.head }
  }

  /// Whether one of the names is that of a type.
  @inline(__always)
  func contains(nameAt offset: UInt32, of table: TypeTable) -> Bool {
    let head = table.head(ofName: offset)
    var index = names.partitioningIndex { $0.head >= head }
    while index < names.count, names[index].head == head {
      if let name = table.name(at: offset), name.elementsEqual(names[index].bytes) { return true }
      index += 1
    }
    return false
  }

  /// `mm_struct` for `mm_struct___number`: libbpf ignores what follows three underscores, so that a
  /// program can have several versions of a type.
  private static func withoutFlavour(_ name: [UInt8]) -> [UInt8] {
    let underscore = UInt8(ascii: "_")
    let separator = name.indices.dropFirst().last {
      $0 + 3 < name.count && name[$0..<$0 + 3].allSatisfy { $0 == underscore }
    }
    return separator.map { Array(name[..<$0]) } ?? name
  }
}
