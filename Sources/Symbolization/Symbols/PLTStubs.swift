// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// The stubs of the procedure linkage table, through which a program calls functions of libraries:
/// `puts@plt`.
///
/// Stubs have no symbols. Each jumps through a slot of the global offset table, and the slot's
/// relocation names a symbol. (x86-64 psABI, "Procedure Linkage Table".)
enum PLTStubs {
  /// A stub.
  struct Stub {
    var start: UInt64
    /// Not included.
    var end: UInt64
    /// Ends in `@plt`.
    var name: String
  }

  private static let mostBytes: UInt64 = 16 << 20

  /// All stubs, ascending by address.
  static func stubs(of image: ElfImage) -> [Stub] {
    let names = image.sectionNames()
    let tables = [".plt", ".plt.sec", ".plt.got"].compactMap { names[$0] }
      .filter { $0.isExecutable && $0.size <= mostBytes }
    guard !tables.isEmpty else { return [] }
    let slots = Slots(image, names)
    return tables.flatMap { stubs(in: $0, of: image, slots) }.sorted { $0.start < $1.start }
  }

  private static func stubs(
    in section: ElfImage.Section, of image: ElfImage, _ slots: Slots
  ) -> [Stub] {
    guard let code = image.contents(of: section, limit: mostBytes).map(ByteReader.init),
      section.address <= .max - section.size
    else { return [] }
    let size = section.entrySize == 8 ? 8 : 16
    return stride(from: 0, to: code.count, by: size).compactMap { offset in
      guard let stub = code.slice(at: offset, count: size) else { return nil }
      let start = section.address + UInt64(offset)
      let name = slots.name(ofStub: ByteReader(Array(stub)), at: start)
      return name.map { Stub(start: start, end: start + UInt64(size), name: "\($0)@plt") }
    }
  }

  /// The slots of the global offset table, each with the name of its symbol.
  private struct Slots {
    /// By the slot's address.
    private var byAddress: [UInt64: String] = [:]
    /// In the order of `.rela.plt`; nil for a relocation of another kind.
    private var byIndex: [String?] = []

    init(_ image: ElfImage, _ names: [String: ElfImage.Section]) {
      guard let symbols = names[".dynsym"], symbols.link < image.sections.count,
        let table = image.contents(of: symbols, limit: mostBytes).map(ByteReader.init),
        let text = image.contents(of: image.sections[Int(symbols.link)], limit: 4 * mostBytes)
          .map(ByteReader.init)
      else { return }
      for section in [".rela.plt", ".rela.dyn"] {
        guard
          let entries = names[section].flatMap({ image.contents(of: $0, limit: mostBytes) })
            .map(ByteReader.init)
        else { continue }
        for entry in stride(from: 0, to: entries.count, by: 24) {
          guard let slot = entries.load(UInt64.self, at: entry),
            let type = entries.load(UInt32.self, at: entry + 8),
            let symbol = entries.load(UInt32.self, at: entry + 12)
          else { break }
          // R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT.
          var name: String?
          if type == 6 || type == 7 {
            name = Self.name(ofSymbol: Int(symbol), table, text)
            byAddress[slot] = name
          }
          if section == ".rela.plt" { byIndex.append(name) }
        }
      }
    }

    private static func name(
      ofSymbol index: Int, _ table: ByteReader, _ text: ByteReader
    ) -> String? {
      guard index > 0, let offset = table.load(UInt32.self, at: index * 24),
        let name = text.text(at: Int(offset), limit: 4096), !name.isEmpty
      else { return nil }
      return String(decoding: name, as: UTF8.self)
    }

    /// The name of the function that a stub calls: by the slot of its `jmp *offset(%rip)`; for stubs that
    /// only push an index in `.rela.plt`, as with branch tracking, by that. Nil where neither is found.
    func name(ofStub stub: ByteReader, at address: UInt64) -> String? {
      for position in 0..<max(stub.count - 5, 0)
      where stub.load(UInt16.self, at: position) == 0x25ff {
        guard let offset = stub.load(Int32.self, at: position + 2) else { continue }
        return byAddress[
          address &+ UInt64(position) &+ 6 &+ UInt64(bitPattern: Int64(offset))]
      }
      let endbr64: UInt32 = 0xfa1e_0ff3
      let push = stub.load(UInt32.self, at: 0) == endbr64 ? 4 : 0
      guard stub.load(UInt8.self, at: push) == 0x68,
        let index = stub.load(UInt32.self, at: push + 1), Int(index) < byIndex.count
      else { return nil }
      return byIndex[Int(index)]
    }
  }
}
