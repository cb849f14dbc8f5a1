// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles

/// `_init` or `_fini`: a function that the linker puts together of the pieces that object files have
/// in the section `.init` or `.fini`.
///
/// Nothing describes it, since its beginning and its end are in different files. But these are always
/// the same: it moves rsp by one word, so that the stack is aligned where the pieces make calls, and
/// back before it returns.
struct InitFunction: Hashable, Sendable {
  /// The address of the first byte, as linked.
  let begin: UInt64
  /// The address from which on rsp is one word lower.
  let body: UInt64
  /// The address of the last byte, `ret`, where rsp is as at the beginning.
  let last: UInt64

  /// The address behind the last byte.
  var end: UInt64 { last + 1 }

  /// The limit of the size of a section, in bytes.
  private static let mostBytes: UInt64 = 4096

  /// The ways to align the stack (those of glibc and of musl), and how each is undone.
  private static let frames: [(enter: [UInt8], leave: [UInt8])] = [
    // sub $8, %rsp; add $8, %rsp; ret
    ([0x48, 0x83, 0xec, 0x08], [0x48, 0x83, 0xc4, 0x08, 0xc3]),
    // push %rax; pop %rax; ret
    ([0x50], [0x58, 0xc3]),
  ]

  /// The beginnings of the instructions between them, none of which changes rsp, and their lengths in
  /// bytes.
  private static let instructions: [(bytes: [UInt8], length: Int)] = [
    ([0x48, 0x8b, 0x05], 7),  // mov DISPLACEMENT(%rip), %rax
    ([0x48, 0x85, 0xc0], 3),  // test %rax, %rax
    ([0x74], 2),  // je
    ([0xff, 0xd0], 2),  // call *%rax
    ([0xff, 0x15], 6),  // call *DISPLACEMENT(%rip)
    ([0xe8], 5),  // call
    ([0x90], 1), ([0x66, 0x90], 2), ([0x0f, 0x1f, 0x00], 3), ([0x0f, 0x1f, 0x40], 4),  // nop
  ]

  /// Finds the functions of a file, in the order of their addresses. One whose code is not as expected
  /// is left out.
  static func all(of image: ElfImage) -> [InitFunction] {
    [".init", ".fini"].compactMap { name -> InitFunction? in
      guard let section = image.section(named: name), section.isExecutable,
        section.size <= mostBytes, section.address < UInt64(UInt32.max) - mostBytes,
        // As it is in memory, whatever the section says.
        let loaded = image.loadedBytes(from: section.address), section.size <= loaded.size,
        let code = image.source.bytes(at: loaded.offset, count: section.size)
      else { return nil }
      return InitFunction(code, at: section.address)
    }.sorted { $0.begin < $1.begin }
  }

  /// Reads the code of a section; nil if it has other instructions than these.
  init?(_ code: [UInt8], at address: UInt64) {
    var rest = code[...]
    let landing: [UInt8] = [0xf3, 0x0f, 0x1e, 0xfa]  // endbr64
    if rest.starts(with: landing) { rest = rest.dropFirst(landing.count) }
    guard let frame = Self.frames.first(where: { rest.starts(with: $0.enter) }) else { return nil }
    rest = rest.dropFirst(frame.enter.count)
    begin = address
    body = address + UInt64(rest.startIndex)
    while !rest.starts(with: frame.leave) {
      guard let next = Self.instructions.first(where: { rest.starts(with: $0.bytes) }) else {
        return nil
      }
      rest = rest.dropFirst(next.length)
    }
    last = address + UInt64(rest.startIndex + frame.leave.count - 1)
  }

  /// Writes the rows of the function, unless a function before has covered its address.
  func write(to writer: inout RowWriter) throws(UnwindTableError) {
    guard begin >= writer.covered else { return }
    let entered = UnwindRow.Action(FB_ROW_SP.rawValue, offset: 1)
    try writer.openFunction(at: begin)
    try writer.append(entered, from: begin, to: body)
    try writer.append(.init(FB_ROW_SP.rawValue, offset: 2), from: body, to: last)
    try writer.append(entered, from: last, to: end)
    writer.closeFunction(at: end)
  }
}
