// SPDX-License-Identifier: Apache-2.0

import CLibbpf

/// BTF as libbpf reads it.
final class ReadTypes {
  struct Member {
    var name: String
    /// In bits; of a bit field, with its size in the upper byte.
    var offset: UInt32
    /// In bytes; nil if libbpf cannot say.
    var size: Int?
  }

  private let types: OpaquePointer

  init?(_ bytes: [UInt8]) {
    guard let types = bytes.withUnsafeBytes({ btf__new($0.baseAddress, UInt32($0.count)) }) else {
      return nil
    }
    self.types = types
  }

  /// - Parameter path: a file with BTF.
  init?(path: String) {
    guard let types = btf__parse(path, nil) else { return nil }
    self.types = types
  }

  deinit { btf__free(types) }

  /// The number of types, without `void`.
  var count: Int { Int(btf__type_cnt(types)) - 1 }

  /// The size in bytes of the first type of a name; nil if there is none.
  func size(of name: String) -> Int? { id(of: name).flatMap(size) }

  /// The members of a struct or union.
  func members(of name: String) -> [Member] {
    words(of: name, perPart: 3).map {
      Member(name: text(at: $0[0]), offset: $0[2], size: size(UInt32($0[1])))
    }
  }

  /// The values of an enumeration by their names.
  func values(of name: String) -> [String: UInt32] {
    Dictionary(words(of: name, perPart: 2).map { (text(at: $0[0]), $0[1]) }) { first, _ in first }
  }

  private func id(of name: String) -> UInt32? {
    let id = btf__find_by_name(types, name)
    return id > 0 ? UInt32(id) : nil
  }

  private func size(_ id: UInt32) -> Int? {
    let size = btf__resolve_size(types, id)
    return size < 0 ? nil : Int(size)
  }

  private func text(at offset: UInt32) -> String {
    btf__name_by_offset(types, offset).map { String(cString: $0) } ?? ""
  }

  /// The words behind the first three, in groups of one part each.
  private func words(of name: String, perPart: Int) -> [[UInt32]] {
    guard let id = id(of: name), let type = btf__type_by_id(types, id) else { return [] }
    let count = Int(type.pointee.info & 0xffff)
    let details = UnsafeRawPointer(type + 1)
    return (0..<count).map { part in
      (0..<perPart).map { word in
        details.load(fromByteOffset: (part * perPart + word) * 4, as: UInt32.self)
      }
    }
  }
}
