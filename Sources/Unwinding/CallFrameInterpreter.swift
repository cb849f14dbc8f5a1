// SPDX-License-Identifier: Apache-2.0

import Bytes

/// An interpreter of call frame instructions (DWARF 5, section 6.4.2, and GNU's additions).
///
/// The instructions state the rules of one address, then advance to the next one. ``run(_:from:)``
/// stops at each advance: until then `rules` hold, up to the address that it returns.
struct CallFrameInterpreter {
  /// The values of a common information entry that the instructions of its functions are encoded
  /// with.
  struct Factors {
    /// The unit of advances, in bytes (code alignment factor), 1 to 2^32 - 1.
    var code: UInt64
    /// The unit of most offsets, in bytes (data alignment factor); -8 in practice.
    var data: Int64
    /// The encoding of addresses.
    var pointers: PointerEncoding
    /// The address of the first byte of `.eh_frame`, as linked.
    var sectionAddress: UInt64
    /// The DWARF number of the register whose rules are kept beside those of rsp and the return
    /// address.
    var followed = FrameRules.Register.rbp
  }

  /// The factors of the entry that the instructions belong to.
  let factors: Factors
  /// The rules that DW_CFA_restore goes back to: those that it started with.
  let initial: FrameRules
  /// The rules after the instructions that were executed so far.
  private(set) var rules: FrameRules
  private var remembered = RememberedRules()

  /// Creates an interpreter.
  ///
  /// - Parameter rules: The rules after the initial instructions of the common entry.
  init(_ factors: Factors, startingWith rules: FrameRules) {
    self.factors = factors
    initial = rules
    self.rules = rules
  }

  /// Executes instructions up to the next advance.
  ///
  /// - Parameters:
  ///   - cursor: The instructions; it moves behind those that were executed.
  ///   - location: The address that the rules hold for, as linked.
  /// - Returns: The address that is advanced to, at or above `location`; nil at the end.
  /// - Throws: `malformed` if an instruction is unknown or cut.
  mutating func run(
    _ cursor: inout FrameCursor, from location: UInt64
  ) throws(UnwindTableError) -> UInt64? {
    while !cursor.isAtEnd {
      let instruction = try cursor.byte()
      let operand = instruction & 0x3f
      switch instruction & 0xc0 {
      case 0x40:  // DW_CFA_advance_loc
        return advanced(location, UInt64(operand))
      case 0x80:  // DW_CFA_offset
        set(operand, .atOffset(try factored(try cursor.uleb())))
      case 0xc0:  // DW_CFA_restore
        rules.restore(operand, from: initial, following: factors.followed)
      default:
        switch instruction {
        case 0x01:  // DW_CFA_set_loc
          let next = try factors.pointers.address(
            from: &cursor, cursorBase: factors.sectionAddress)
          guard next >= location else { throw .malformed }
          return next
        case 0x02: return try advanced(location, UInt64(cursor.byte()))
        case 0x03: return try advanced(location, UInt64(cursor.load(UInt16.self)))
        case 0x04: return try advanced(location, UInt64(cursor.load(UInt32.self)))
        default: try execute(instruction, &cursor)
        }
      }
    }
    return nil
  }

  /// Executes an instruction that changes rules; those that compilers use most are decided first.
  @inline(__always)
  private mutating func execute(
    _ instruction: UInt8, _ cursor: inout FrameCursor
  ) throws(UnwindTableError) {
    switch instruction {
    case 0x0e:  // def_cfa_offset
      rules.cfa.offset = try positive(try cursor.uleb())
    case 0x0c:  // def_cfa
      let register = try self.register(&cursor)
      rules.cfa = .init(register: register, offset: try positive(try cursor.uleb()))
    case 0x0d:  // def_cfa_register
      rules.cfa.register = try register(&cursor)
      rules.cfa.expression = nil
    case 0x0a:  // remember_state
      try remembered.push(rules)
    case 0x0b:  // restore_state
      rules = try remembered.pop()
    case 0x00:  // nop
      break
    case 0x2e:  // GNU_args_size
      _ = try cursor.uleb()
    default:
      try executeRare(instruction, &cursor)
    }
  }

  /// Executes an instruction that changes rules and that compilers seldom use.
  private mutating func executeRare(
    _ instruction: UInt8, _ cursor: inout FrameCursor
  ) throws(UnwindTableError) {
    switch instruction {
    case 0x0f:  // def_cfa_expression
      rules.cfa.expression = try expression(&cursor)
    case 0x12:  // def_cfa_sf
      let register = try self.register(&cursor)
      rules.cfa = .init(register: register, offset: try factored(try cursor.sleb()))
    case 0x13:  // def_cfa_offset_sf
      rules.cfa.offset = try factored(try cursor.sleb())
    case 0x05:  // offset_extended
      let register = try self.register(&cursor)
      set(register, .atOffset(try factored(try cursor.uleb())))
    case 0x11:  // offset_extended_sf
      let register = try self.register(&cursor)
      set(register, .atOffset(try factored(try cursor.sleb())))
    case 0x2f:  // GNU_negative_offset_extended
      let register = try self.register(&cursor)
      let offset = try factored(try cursor.uleb())
      guard offset != .min else { throw .malformed }
      set(register, .atOffset(-offset))
    case 0x06:  // restore_extended
      rules.restore(try register(&cursor), from: initial, following: factors.followed)
    case 0x07:  // undefined
      set(try register(&cursor), .undefined)
    case 0x08:  // same_value
      set(try register(&cursor), .sameValue)
    case 0x09:  // register
      let register = try self.register(&cursor)
      set(register, .inRegister(try self.register(&cursor)))
    case 0x10:  // expression
      let register = try self.register(&cursor)
      set(register, .atExpression(try expression(&cursor)))
    case 0x14, 0x15:  // val_offset, val_offset_sf
      let register = try self.register(&cursor)
      _ = try cursor.uleb()
      set(register, .elsewhere)
    case 0x16:  // val_expression
      let register = try self.register(&cursor)
      _ = try expression(&cursor)
      set(register, .elsewhere)
    default:
      throw .malformed
    }
  }

  @inline(__always)
  private mutating func set(_ register: UInt8, _ rule: FrameRules.RegisterRule) {
    rules.set(register, rule, following: factors.followed)
  }

  @inline(__always)
  private func advanced(_ location: UInt64, _ delta: UInt64) -> UInt64 {
    // No overflow: both factors are below 2^32, and so is `location`.
    location &+ delta &* factors.code
  }

  /// Reads the DWARF number of a register; 255 for all numbers above that, which no register has.
  @inline(__always)
  private func register(_ cursor: inout FrameCursor) throws(UnwindTableError) -> UInt8 {
    UInt8(clamping: try cursor.uleb())
  }

  @inline(__always)
  private func positive(_ offset: UInt64) throws(UnwindTableError) -> Int64 {
    guard let offset = Int64(exactly: offset) else { throw .malformed }
    return offset
  }

  @inline(__always)
  private func factored(_ offset: UInt64) throws(UnwindTableError) -> Int64 {
    try factored(try positive(offset))
  }

  @inline(__always)
  private func factored(_ offset: Int64) throws(UnwindTableError) -> Int64 {
    let (product, overflows) = offset.multipliedReportingOverflow(by: factors.data)
    guard !overflows else { throw .malformed }
    return product
  }

  private func expression(_ cursor: inout FrameCursor) throws(UnwindTableError) -> FrameExpression {
    let length = try cursor.uleb()
    return FrameExpression(try cursor.slice(length))
  }
}
