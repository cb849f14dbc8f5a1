// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The functions of the running kernel by address, as `/proc/kallsyms` lists them: those of the
/// kernel proper, of its modules, and of the BPF programs that are loaded.
///
/// A line of the file is `ADDRESS KIND NAME`, behind which `[MODULE]` may follow after a tab
/// (kernel/kallsyms.c). The file states no sizes, and lists modules and BPF programs behind the
/// kernel, in no order of addresses.
package struct KernelFunctions: Sendable {
  /// The name of one function.
  package struct Function: Hashable, Sendable {
    /// The function's name.
    package var name: String
    /// The kernel module that has the function; `bpf` for BPF programs; nil for the kernel proper.
    package var module: String?
  }

  /// A line of the file.
  private struct Symbol {
    var address: UInt64
    /// Offset in `bytes` of the letter of its kind.
    var kind: Int
  }

  private let bytes: [UInt8]
  /// Sorted by address; of equal addresses in the order of the file.
  private let symbols: [Symbol]

  /// Reads the list of the running kernel; nil if this process may not see its addresses, or the
  /// kernel has no such list. Takes some 50 ms, most of them in the kernel.
  package static func ofRunningKernel() -> KernelFunctions? {
    ProcFile.read("/proc/kallsyms").flatMap(KernelFunctions.init)
  }

  /// Parses the text of the file; nil if all addresses are 0, which the kernel shows to those who
  /// may not see them, or if there are none. Lines of another form are skipped, as is a last line
  /// without its end.
  package init?(parsing bytes: [UInt8]) {
    var symbols: [Symbol] = []
    symbols.reserveCapacity(bytes.count / 44)
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if let symbol = Self.symbol(rest[..<end]), symbol.address != 0 { symbols.append(symbol) }
      rest = rest[(end + 1)...]
    }
    guard !symbols.isEmpty else { return nil }
    symbols.sort { ($0.address, $0.kind) < ($1.address, $1.kind) }
    self.bytes = bytes
    self.symbols = symbols
  }

  private static func symbol(_ line: ArraySlice<UInt8>) -> Symbol? {
    var address: UInt64 = 0
    var index = line.startIndex
    while index < line.endIndex, let digit = line[index].hexadecimalValue {
      guard address >> 60 == 0 else { return nil }
      address = address << 4 | UInt64(digit)
      index += 1
    }
    // A blank, the kind, a blank and a name.
    guard index > line.startIndex, line.endIndex - index >= 4,
      line[index] == blank, line[index + 2] == blank, line[index + 3] > blank
    else { return nil }
    return Symbol(address: address, kind: index + 1)
  }

  /// Finds the function that holds an address; nil if none does.
  ///
  /// A function reaches to the next symbol. The last one of the kernel's code, of a module and of
  /// the BPF programs reaches to the end of its page at most: what lies behind is not known. Of
  /// several names of one address the first one in the file is returned, as by the kernel itself.
  ///
  /// - Parameter address: An address inside the function, not only its start.
  package func function(at address: UInt64) -> Function? {
    let behind = symbols.partitioningIndex { $0.address > address }
    guard behind > 0 else { return nil }
    let start = symbols[behind - 1].address
    let named = symbols[symbols.partitioningIndex { $0.address >= start }..<behind]
      .filter(isCode).map(function)
    guard let function = named.first, !named.contains(where: Self.isEnd) else { return nil }
    if behind < symbols.count, isCode(symbols[behind]),
      self.function(symbols[behind]).module == function.module
    {
      return function
    }
    return address & ~0xfff == start & ~0xfff ? function : nil
  }

  /// Whether a symbol is of the sections of code, by the letters of nm(1).
  private func isCode(_ symbol: Symbol) -> Bool {
    "tTwW".utf8.contains(bytes[symbol.kind])
  }

  /// Whether a symbol marks the end of the kernel's code, instead of a function.
  private static func isEnd(_ function: Function) -> Bool {
    function.module == nil && ["_etext", "_einittext"].contains(function.name)
  }

  private func function(_ symbol: Symbol) -> Function {
    let line = bytes[(symbol.kind + 2)...].prefix { $0 != UInt8(ascii: "\n") }
    let name = line.prefix { $0 > Self.blank }
    let module = line[name.endIndex...].drop { $0 <= Self.blank }
    return Function(
      name: String(decoding: name, as: UTF8.self),
      module: module.first == UInt8(ascii: "[") && module.last == UInt8(ascii: "]")
        ? String(decoding: module.dropFirst().dropLast(), as: UTF8.self) : nil)
  }

  private static let blank = UInt8(ascii: " ")
}
