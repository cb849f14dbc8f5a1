// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import System
import Unwinding

/// A table against libdw's answers, at random addresses.
package struct Comparison: Sendable {
  package struct Mismatch: Sendable, CustomStringConvertible {
    package var pc: UInt64
    package var row: UnwindRow?
    package var ours: Caller
    package var libdws: Caller

    package var description: String {
      "0x\(String(pc, radix: 16)): kind \(row?.kind ?? 0), rbp \(row?.rbp ?? 0), "
        + "offset \(row?.offset ?? 0): \(ours), libdw: \(libdws)"
    }
  }

  package private(set) var compared = 0
  /// Both follow the frame to the same caller, or say that it is the last.
  package private(set) var equal = 0
  /// Neither knows the address.
  package private(set) var unknownToBoth = 0
  /// Between functions that are fewer than 16 bytes apart, where the row before holds on.
  package private(set) var padding = 0
  /// In `_init` and `_fini`, and at the entry point, whose rows are made without a description.
  package private(set) var undescribed = 0
  /// There is a row, and it says why the frame cannot be followed.
  package private(set) var unsupported = 0
  /// libdw alone finds the description faulty.
  package private(set) var refused = 0
  package private(set) var mismatches: [Mismatch] = []

  /// Compares at `count` addresses: half of them anywhere in the table, half at a row or next to it.
  package init(
    of table: UnwindTable, with oracle: LibdwOracle, count: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    guard let first = table.rows.first.map({ UInt64(UnwindRow(rawValue: $0).pc) }),
      let last = table.rows.last.map({ UInt64(UnwindRow(rawValue: $0).pc) })
    else { return }
    for step in 0..<count {
      var pc = UInt64.random(in: first...last + 64, using: &generator)
      if step % 2 == 0, let row = table.rows.randomElement(using: &generator) {
        pc = UInt64(UnwindRow(rawValue: row).pc)
        if step % 4 == 0 { pc -= 1 }
      }
      compare(table, oracle, Machine(at: pc, using: &generator), pc)
    }
  }

  private mutating func compare(
    _ table: UnwindTable, _ oracle: LibdwOracle, _ machine: Machine, _ pc: UInt64
  ) {
    compared += 1
    let row = table.row(at: pc)
    let ours = row.map { machine.caller(by: $0) } ?? .unknown
    let libdws = oracle.caller(at: pc, of: machine)
    switch (ours, libdws) {
    case (.unknown, .unknown): unknownToBoth += 1
    case (_, .unknown) where isPadding(pc, oracle): padding += 1
    case (.frame, .unknown) where oracle.isNearInitFunction(pc): undescribed += 1
    case (.end, .unknown) where pc == oracle.entryPoint: undescribed += 1
    case (.unsupported, .frame), (.unsupported, .unsupported): unsupported += 1
    case (_, .refused): refused += 1
    default:
      if ours == libdws {
        equal += 1
      } else {
        mismatches.append(Mismatch(pc: pc, row: row, ours: ours, libdws: libdws))
      }
    }
  }

  /// Whether fewer than 16 addresses in a row are unknown to libdw here.
  private func isPadding(_ pc: UInt64, _ oracle: LibdwOracle) -> Bool {
    var begin = pc
    var end = pc + 1
    while end - begin < 16, begin > 0, oracle.endOfRow(at: begin - 1) == nil { begin -= 1 }
    while end - begin < 16, oracle.endOfRow(at: end) == nil { end += 1 }
    return end - begin < 16
  }
}

extension UnwindTable {
  /// The row that holds for an address, as the BPF program looks it up.
  package func row(at pc: UInt64) -> UnwindRow? {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if UInt64(UnwindRow(rawValue: rows[middle]).pc) <= pc {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low == 0 ? nil : UnwindRow(rawValue: rows[low - 1])
  }

  /// The table of the file at a path.
  package init(path: String) throws {
    let file = try OpenFile(FileDescriptor(opening: path, 0))
    guard let image = ElfImage(file) else { throw UnwindTableError.noEhFrame }
    try self.init(of: image)
  }
}

/// SplitMix64: a test's addresses can be had again.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
