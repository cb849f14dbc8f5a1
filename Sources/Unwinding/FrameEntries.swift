// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// The entries of `.eh_frame` or `.debug_frame`: a common information entry (CIE) for what many
/// functions share, and a frame description entry (FDE) for each function.
///
/// Format: Linux Standard Base Core, "Exception Frames"; DWARF 5, section 6.4.1. The length of each
/// entry leads to the next one, as long as that lies inside the section. An error within an entry
/// only costs that entry.
struct FrameEntries {
  /// A common information entry (CIE).
  struct Common {
    /// The offset of the entry in the section, in bytes.
    var offset: Int
    /// The units and the encoding that the instructions of its functions use.
    var factors: CallFrameInterpreter.Factors
    /// Whether the entries of its functions hold augmentation data, which must be skipped.
    var isAugmented: Bool
    /// Whether its functions return from signal handlers (`S`): the kernel has made their frame.
    var isSignalFrame: Bool
    /// The rules at the beginning of each of its functions: those after the initial instructions.
    var rules: FrameRules
  }

  /// A frame description entry (FDE): one function, or a piece of one.
  struct Function {
    /// The address of the first byte of code, as linked, below 2^32.
    var begin: UInt64
    /// The address behind the last byte of code, as linked, below 2^32.
    var end: UInt64
    /// The index in `commons` of its common entry.
    var common: Int
    /// The call frame instructions of the function.
    var instructions: FrameCursor
  }

  /// The limit of common entries that are kept. Linkers leave a few, at worst one for each object
  /// file.
  static let mostCommons = 1 << 16

  private let bytes: UnsafeRawBufferPointer
  private let address: UInt64
  private let followed: UInt8
  private let form: EhFrame.Form
  /// The common entries in the order of the section. One that cannot be read is left out, and its
  /// functions too.
  private(set) var commons: [Common] = []
  /// A key for each function that can be read, ascending: the high 32 bits are its address as
  /// linked, the low 32 bits the offset of its entry in the section.
  private(set) var functions: [UInt64] = []
  /// The number of entries that could not be read.
  private(set) var skipped = 0

  /// The size of the section, in bytes.
  var byteCount: Int { bytes.count }

  /// Reads all entries of a section.
  ///
  /// - Parameters:
  ///   - section: The section. If it knows its number of functions, reading goes on behind a
  ///     terminator until so many were seen, since some linkers leave terminators in the middle.
  ///   - bytes: Its bytes, which must outlive this value.
  ///   - followed: The DWARF number of the register whose rules are kept.
  /// - Throws: `tooLarge` if there are more functions than `UnwindTable.mostRows`.
  init(
    _ section: EhFrame, _ bytes: UnsafeRawBufferPointer,
    following followed: UInt8 = FrameRules.Register.rbp
  ) throws(UnwindTableError) {
    self.bytes = bytes
    self.followed = followed
    address = section.address
    form = section.form
    let expected = min(section.functionCount ?? 0, UInt64(UnwindTable.mostRows))
    functions.reserveCapacity(Int(min(expected, UInt64(bytes.count / 12))))
    try readAll(expected: expected)
    // Linkers leave them nearly sorted, so this is fast.
    functions.sort()
  }

  private mutating func readAll(expected: UInt64) throws(UnwindTableError) {
    var cursor = try FrameCursor(bytes)
    var lastCommon = 0
    while cursor.end - cursor.position >= 4 {
      let start = cursor.position
      var length = UInt64(try cursor.load(UInt32.self))
      if length == 0 {
        if form == .exceptions, UInt64(functions.count + skipped) >= expected { return }
        continue
      }
      // A 64-bit length is allowed, but no unwinder reads such an entry.
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
        if try body.load(UInt32.self) == commonID {
          guard commons.count < Self.mostCommons else { throw .malformed }
          commons.append(try common(at: start, body))
        } else {
          let function = try self.function(entry, lastCommon: &lastCommon)
          // The linker leaves a function that it dropped at address 0, or empty.
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

  /// The id that makes an entry a common one.
  private var commonID: UInt32 { form == .exceptions ? 0 : .max }

  /// Reads the function whose entry is at an offset in the section, as the low bits of
  /// ``functions`` have it.
  ///
  /// - Parameter lastCommon: The index of the common entry that was used last, where the search
  ///   begins; becomes that of this function.
  func function(at offset: Int, lastCommon: inout Int) throws(UnwindTableError) -> Function {
    var cursor = try FrameCursor(bytes, from: offset)
    let length = try cursor.load(UInt32.self)
    return try function(try cursor.slice(UInt64(length)), lastCommon: &lastCommon)
  }

  /// Parses the entry of a function.
  ///
  /// - Parameter entry: The entry from behind its length on.
  private func function(
    _ entry: FrameCursor, lastCommon: inout Int
  ) throws(UnwindTableError) -> Function {
    var cursor = entry
    // The common entry: its distance backwards from here, or its offset in the section, in bytes.
    let reference = Int(try cursor.load(UInt32.self))
    let common = form == .exceptions ? entry.position - reference : reference
    lastCommon = try commonIndex(at: common, lastCommon)
    let isAugmented = commons[lastCommon].isAugmented
    let pointers = commons[lastCommon].factors.pointers
    let begin = try pointers.address(from: &cursor, cursorBase: address)
    let size = try pointers.number(from: &cursor)
    let (end, overflows) = begin.addingReportingOverflow(size)
    guard !overflows, end <= UInt64(UInt32.max) else { throw .malformed }
    if isAugmented { try cursor.skip(try cursor.uleb()) }
    return Function(begin: begin, end: end, common: lastCommon, instructions: cursor)
  }

  /// Finds the index of the common entry at an offset. Only common entries that were read before
  /// are found, so that no entry is read twice, whatever other entries refer to.
  @inline(__always)
  private func commonIndex(at offset: Int, _ last: Int) throws(UnwindTableError) -> Int {
    if last < commons.count, commons[last].offset == offset { return last }
    let index = commons.partitioningIndex { $0.offset >= offset }
    guard index < commons.count, commons[index].offset == offset else { throw .malformed }
    return index
  }

  /// Parses a common entry, and executes its initial instructions.
  ///
  /// - Parameter entry: The entry from behind its id on.
  private func common(at offset: Int, _ entry: FrameCursor) throws(UnwindTableError) -> Common {
    var cursor = entry
    let head = try cursor.commonEntryHead(form)
    guard 1...UInt64(UInt32.max) ~= head.code,
      head.returnAddress == UInt64(FrameRules.Register.returnAddress)
    else { throw .malformed }
    let factors = CallFrameInterpreter.Factors(
      code: head.code, data: head.data, pointers: head.pointers, sectionAddress: address,
      followed: followed)
    var interpreter = CallFrameInterpreter(factors, startingWith: FrameRules())
    // Initial instructions hold for every address: they must not advance.
    guard try interpreter.run(&cursor, from: 0) == nil else { throw .malformed }
    return Common(
      offset: offset, factors: factors, isAugmented: head.isAugmented,
      isSignalFrame: head.isSignalFrame, rules: interpreter.rules)
  }
}
