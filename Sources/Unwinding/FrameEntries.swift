// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The entries of `.eh_frame`: what many functions share (a CIE), and one entry a function (an FDE).
///
/// Format: Linux Standard Base Core, "Exception Frames"; DWARF 5, section 6.4.1. The lengths that
/// lead from entry to entry are believed as long as they stay inside. What is wrong within an entry
/// costs only that one.
struct FrameEntries {
  /// What functions share.
  struct Common {
    /// Of the entry in the section.
    var offset: Int
    var factors: CallFrameInterpreter.Factors
    /// Whether the entries of functions hold augmentation data.
    var isAugmented: Bool
    /// The frame was made by the kernel, to call a signal handler.
    var isSignalFrame: Bool
    /// After the initial instructions.
    var rules: FrameRules
  }

  /// One function, or a piece of one.
  struct Function {
    /// Addresses as linked, below 2^32.
    var begin: UInt64
    var end: UInt64
    /// Index in `commons`.
    var common: Int
    var instructions: FrameCursor
  }

  /// The most shared entries that are kept: linkers leave a few, at worst one for each object file.
  static let mostCommons = 1 << 16

  private let bytes: UnsafeRawBufferPointer
  private let address: UInt64
  /// In the order of the section. One that cannot be read is left out, and its functions with it.
  private(set) var commons: [Common] = []
  /// `begin` above 32 bits of the entry's offset, for each function that can be read, ascending.
  private(set) var functions: [UInt64] = []
  /// Entries that could not be read.
  private(set) var skipped = 0

  /// Reads all entries of a section.
  ///
  /// - Parameters:
  ///   - bytes: must outlive this.
  ///   - functionCount: where it is known, reading goes on behind terminators until so many were
  ///     seen: there are linkers that leave some in the middle.
  init(
    _ bytes: UnsafeRawBufferPointer, address: UInt64, functionCount: UInt64?
  ) throws(UnwindTableError) {
    self.bytes = bytes
    self.address = address
    let expected = min(functionCount ?? 0, UInt64(UnwindTable.mostRows))
    functions.reserveCapacity(Int(min(expected, UInt64(bytes.count / 12))))
    try readAll(expected: expected)
    // As good as sorted already.
    functions.sort()
  }

  private mutating func readAll(expected: UInt64) throws(UnwindTableError) {
    var cursor = try FrameCursor(bytes)
    var lastCommon = 0
    while cursor.end - cursor.position >= 4 {
      let start = cursor.position
      var length = UInt64(try cursor.load(UInt32.self))
      if length == 0 {
        if UInt64(functions.count + skipped) >= expected { return }
        continue
      }
      // 64-bit lengths: allowed, but there is no unwinder that reads such an entry.
      let isLong = length == 0xffff_ffff
      if isLong {
        guard cursor.end - cursor.position >= 8 else { return }
        length = try cursor.load(UInt64.self)
      }
      guard length <= UInt64(cursor.end - cursor.position) else { return }
      let entry = try cursor.slice(length)
      do throws(UnwindTableError) {
        if isLong { throw .malformed }
        var body = entry
        if try body.load(UInt32.self) == 0 {
          guard commons.count < Self.mostCommons else { throw .malformed }
          commons.append(try common(at: start, body))
        } else {
          let function = try self.function(entry, lastCommon: &lastCommon)
          // What the linker dropped is at 0; what is empty describes nothing.
          if function.begin != 0, function.begin < function.end {
            functions.append(function.begin << 32 | UInt64(start))
          }
        }
      } catch {
        skipped += 1
      }
      guard functions.count <= UnwindTable.mostRows else { throw .tooLarge }
    }
  }

  /// The function whose entry is at an offset that ``functions`` gave.
  func function(at offset: Int, lastCommon: inout Int) throws(UnwindTableError) -> Function {
    var cursor = try FrameCursor(bytes, from: offset)
    let length = try cursor.load(UInt32.self)
    return try function(try cursor.slice(UInt64(length)), lastCommon: &lastCommon)
  }

  /// - Parameter entry: from behind the length.
  private func function(
    _ entry: FrameCursor, lastCommon: inout Int
  ) throws(UnwindTableError) -> Function {
    var cursor = entry
    // The distance back to the entry of what is shared.
    let distance = Int(try cursor.load(UInt32.self))
    lastCommon = try commonIndex(at: entry.position - distance, lastCommon)
    let isAugmented = commons[lastCommon].isAugmented
    let pointers = commons[lastCommon].factors.pointers
    let begin = try pointers.address(from: &cursor, cursorBase: address)
    let size = try pointers.number(from: &cursor)
    let (end, overflows) = begin.addingReportingOverflow(size)
    guard !overflows, end <= UInt64(UInt32.max) else { throw .malformed }
    if isAugmented { try cursor.skip(try cursor.uleb()) }
    return Function(begin: begin, end: end, common: lastCommon, instructions: cursor)
  }

  /// Only entries that were read before count, so that nothing is read twice, whatever entries refer to.
  @inline(__always)
  private func commonIndex(at offset: Int, _ last: Int) throws(UnwindTableError) -> Int {
    if last < commons.count, commons[last].offset == offset { return last }
    let index = commons.partitioningIndex { $0.offset >= offset }
    guard index < commons.count, commons[index].offset == offset else { throw .malformed }
    return index
  }

  /// - Parameter entry: from behind the id.
  private func common(at offset: Int, _ entry: FrameCursor) throws(UnwindTableError) -> Common {
    var cursor = entry
    let version = try cursor.byte()
    guard version == 1 || version == 3 else { throw .malformed }
    // At most: z R L P S B. Without the z that gives its length, data cannot be skipped.
    var letters = cursor
    while try cursor.byte() != 0 {}
    let code = try cursor.uleb()
    let data = try cursor.sleb()
    let returnAddress = version == 1 ? UInt64(try cursor.byte()) : try cursor.uleb()
    guard 1...UInt64(UInt32.max) ~= code,
      returnAddress == UInt64(FrameRules.Register.returnAddress)
    else { throw .malformed }

    var augmentation = Augmentation()
    var letter = try letters.byte()
    let isAugmented = letter == UInt8(ascii: "z")
    if isAugmented {
      var data = try cursor.slice(try cursor.uleb())
      letter = try letters.byte()
      while letter != 0, try augmentation.read(letter, &data) { letter = try letters.byte() }
    } else if letter != 0 {
      throw .malformed
    }

    let factors = CallFrameInterpreter.Factors(
      code: code, data: data, pointers: augmentation.pointers, sectionAddress: address)
    var interpreter = CallFrameInterpreter(factors, startingWith: FrameRules())
    // They hold for every address: there is nowhere to advance to.
    guard try interpreter.run(&cursor, from: 0) == nil else { throw .malformed }
    return Common(
      offset: offset, factors: factors, isAugmented: isAugmented,
      isSignalFrame: augmentation.isSignalFrame, rules: interpreter.rules)
  }

  /// What the letters of the augmentation string say that matters here.
  private struct Augmentation {
    var pointers = PointerEncoding.absolute
    var isSignalFrame = false

    /// False where a letter is unknown, and with it what the rest of the data means.
    mutating func read(_ letter: UInt8, _ data: inout FrameCursor) throws(UnwindTableError) -> Bool
    {
      switch letter {
      case UInt8(ascii: "R"): pointers = PointerEncoding(rawValue: try data.byte())
      case UInt8(ascii: "L"): _ = try data.byte()
      case UInt8(ascii: "P"):
        let personality = PointerEncoding(rawValue: try data.byte())
        if !personality.isOmitted { _ = try personality.number(from: &data) }
      case UInt8(ascii: "S"): isSignalFrame = true
      case UInt8(ascii: "B"): break
      default: return false
      }
      return true
    }
  }
}
