// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A line of a stack as `perf script` prints it: `<TAB> hexip symbol+0xoff (dso)`.
enum PerfScriptFrame {
  /// What follows the address; nil if the line is none of a stack.
  static func text(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var start = range.lowerBound
    while start < range.upperBound && PerfScriptHeader.isBlank(bytes[start]) { start += 1 }
    var end = start
    while end < range.upperBound && isHexadecimal(bytes[end]) { end += 1 }
    guard start > range.lowerBound, end > start, end < range.upperBound,
      PerfScriptHeader.isBlank(bytes[end])
    else { return nil }
    while end < range.upperBound && PerfScriptHeader.isBlank(bytes[end]) { end += 1 }
    return end..<range.upperBound
  }

  /// Whether the address of a line of a stack is one of the kernel's: in the upper half, which no
  /// process has.
  static func isInKernel(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    let address = bytes[range].drop(while: PerfScriptHeader.isBlank).prefix(while: isHexadecimal)
    return address.count == 16 && (address.first ?? 0) >= UInt8(ascii: "8")
  }

  /// - Parameters:
  ///   - text: What follows the address.
  ///   - isInKernel: Whether the address is one of the kernel's. A path alone does not show that: any
  ///     user can name a file `x.ko`.
  static func description(_ text: ArraySlice<UInt8>, isInKernel: Bool) -> FrameDescription {
    var symbol = String(decoding: text, as: UTF8.self)
    var module = ""
    if symbol.hasSuffix(" (deleted))") { symbol = symbol.dropLast(" (deleted))".count) + ")" }
    // A name may hold blanks and brackets, a path too: the last ` (` that ends in `)` parts them.
    if symbol.hasSuffix(")"), let open = symbol.lastRange(of: " (") {
      module = String(symbol[open.upperBound...].dropLast())
      symbol = String(symbol[..<open.lowerBound])
    }
    if let plus = symbol.lastRange(of: "+0x"),
      symbol[plus.upperBound...].utf8.allSatisfy(isHexadecimal), plus.lowerBound > symbol.startIndex
    {
      symbol = String(symbol[..<plus.lowerBound])
    }
    if module == "inlined" { return FrameDescription(name: symbol, kind: .inlined) }
    let kind = kind(ofModule: module, isInKernel: isInKernel)
    guard symbol == RenderedPaths.unknownName || symbol.isEmpty else {
      return FrameDescription(name: symbol, kind: kind, module: kind == .unknown ? "" : module)
    }
    if kind == .unknown { return FrameDescription(name: RenderedPaths.unknownName, kind: .unknown) }
    let base = module.split(separator: "/").last.map(String.init) ?? module
    let name = base.hasPrefix("[") ? base : "[\(base)]"
    var frame = FrameDescription(name: name, kind: kind, module: module)
    frame.naming = .moduleOnly
    return frame
  }

  private static func kind(ofModule module: String, isInKernel: Bool) -> FrameKind {
    if module.isEmpty || module == RenderedPaths.unknownName { return .unknown }
    if module.hasPrefix("[") {
      let ofUser = ["[vdso]", "[vsyscall]", "[heap]", "[stack]", "[anon"]
      return ofUser.contains { module.hasPrefix($0) }
        ? (module == "[vdso]" ? .user : .anonymous) : .kernel
    }
    if isInKernel,
      module.hasSuffix(".ko") || module.hasSuffix("/vmlinux") || module == "vmlinux"
    {
      return .kernel
    }
    if module.hasPrefix("/tmp/perf-") && module.hasSuffix(".map") || module.hasPrefix("//anon") {
      return .anonymous
    }
    return .user
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    PerfScriptHeader.isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6
  }
}

extension String {
  fileprivate func lastRange(of pattern: String) -> Range<Index>? {
    let (text, pattern) = (utf8, Array(pattern.utf8))
    var start = text.index(endIndex, offsetBy: -pattern.count, limitedBy: startIndex)
    while let position = start {
      let end = text.index(position, offsetBy: pattern.count)
      if text[position..<end].elementsEqual(pattern) { return position..<end }
      start = position > startIndex ? text.index(before: position) : nil
    }
    return nil
  }
}
