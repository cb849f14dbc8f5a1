// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The unwind table of a file: rows that say how to find the caller's frame from each address of
/// its code, made of the file's call frame information. The BPF program looks up one row for each
/// frame.
package struct UnwindTable: Sendable {
  /// The greatest number of rows that the table of one file may have: nearly twice what the largest
  /// programs have.
  package static let mostRows = 4 << 20

  /// The rows in packed form (``UnwindRow/rawValue``), with strictly ascending addresses. The last
  /// row is a gap that begins at the end of the last function. No row holds for addresses below
  /// that of the first row.
  package let rows: [UInt64]

  /// The stack slots in which functions save registers that frames of this file are found by, in the
  /// packed form of `bpf/layout/registers.h`, ascending. They are there for rbx and r12 to r15, if a
  /// row of the file names one of them: in few files.
  package let savedRegisters: [UInt64]

  /// The number of entries of call frame information that could not be read in full. Frames of the
  /// functions that they describe cannot be unwound, at least from the malformed instruction on.
  package let skippedEntries: Int

  /// Makes the unwind table of a file, or of an image of the vDSO, from the section `.eh_frame`. What
  /// that does not describe is taken from `.debug_frame`, if the file has one that is not
  /// compressed.
  ///
  /// - Parameter image: The headers of the ELF file.
  /// - Throws: ``UnwindTableError`` if the file has no call frame information, if none of it can be
  ///   read, or if there is too much of it. A program of Go needs none.
  package init(of image: ElfImage) throws(UnwindTableError) {
    let stacks = HandMadeStacks(of: image)
    // Go's describes code on another stack than it runs on.
    var sections = stacks.isGo ? [] : [EhFrame(debuggingOf: image)].compactMap { $0 }
    do throws(UnwindTableError) {
      sections.insert(try EhFrame(of: image), at: 0)
    } catch {
      guard error == .noEhFrame, stacks.isGo || !sections.isEmpty else { throw error }
    }
    var undescribed = UndescribedFunctions(of: image)
    try self.init(
      sections, stacks, joining: InitFunction.all(of: image), holes: SmallHoles(of: image),
      segments: image.segments
    ) {
      undescribed.applied(to: $0)
    }
  }

  /// Estimates the number of rows that a file's unwind table will have, from 0 to `mostRows`,
  /// without reading `.eh_frame`.
  ///
  /// The estimate is rather too high than too low. Of 2,093 files of a Debian machine, 7 small ones
  /// have more rows than estimated, by 15 % at most; for all 2,093 together the estimate is 1.6
  /// times the true number.
  ///
  /// - Parameter image: The headers of the ELF file.
  /// - Returns: The number of rows; 0 if the file has no call frame information.
  package static func estimatedRows(of image: ElfImage) -> Int {
    var rows = image.section(named: ".debug_frame").map { $0.size / 4 } ?? 0
    if let section = image.section(named: ".eh_frame"), section.type != ElfConstant.noBits {
      // A row needs about six bytes of the section.
      rows += section.size / 4
    } else {
      // A function has about ten rows.
      rows += min(EhFrameHeader(of: image)?.functionCount ?? 0, UInt64(mostRows)) * 12
    }
    return Int(min(rows, UInt64(mostRows)))
  }

  /// Makes the table of the bytes of sections.
  ///
  /// - Parameters:
  ///   - sections: The sections; each fills the gaps of those before. None if the file has none, and
  ///     its language is known to need none.
  ///   - stacks: What is known of stacks of the file that begin otherwise.
  ///   - known: Functions of the file that no section describes, in the order of their addresses.
  ///   - holes: What small holes between functions have; nil where all pass for padding.
  ///   - segments: Those of the file, by which addresses become offsets in the file; without any,
  ///     both are the same.
  ///   - fillGaps: Returns rows in which functions are in place of gaps.
  init(
    _ sections: [EhFrame], _ stacks: HandMadeStacks = HandMadeStacks(),
    joining known: [InitFunction] = [], holes: SmallHoles? = nil,
    segments: [ElfImage.Segment] = [],
    fillGaps: ([UInt64]) -> [UInt64] = { $0 }
  ) throws(UnwindTableError) {
    var described: [UInt64] = []
    var saved: [UInt64] = []
    var skipped = 0
    for (index, section) in sections.enumerated() {
      let one = try section.bytes.withRawBytes { (bytes) throws(UnwindTableError) in
        let entries = try FrameEntries(section, bytes)
        let (rows, skipped) = try entries.rows(joining: index == 0 ? known : [], holes: holes) {
          UnwindRow.Action($0, inSignalFrame: $1)
        } beginsStacks: {
          stacks.begins(with: $0)
        }
        let saved = try SavedRegisters(neededBy: rows, in: section, bytes, segments)
        return (rows: rows, skipped: skipped, saved: saved.words)
      }
      described = try JoinedRows.of(described, one.rows)
      if saved.isEmpty { saved = one.saved }
      skipped += one.skipped
    }
    rows = fillGaps(stacks.applied(to: described))
    savedRegisters = saved
    skippedEntries = skipped
    guard !rows.isEmpty else { throw skipped == 0 ? .noEhFrame : .malformed }
  }
}

extension FrameEntries {
  /// Executes the instructions of all functions, and returns the rows and the number of entries
  /// that could not be read in full.
  ///
  /// - Parameters:
  ///   - known: Functions that have no entry, in the order of their addresses. They are left out if the
  ///     section describes no function at all.
  ///   - holes: What small holes between functions have; nil where all pass for padding.
  ///   - action: Packs the rules of an address; its second argument is whether they are those of a
  ///     frame that the kernel has made to call a signal handler.
  ///   - beginsStacks: Whether stacks begin with a function although it does not say so itself.
  @inline(__always)
  func rows(
    joining known: [InitFunction] = [], holes: SmallHoles? = nil,
    _ action: (FrameRules, Bool) -> UnwindRow.Action, beginsStacks: (Function) -> Bool
  ) throws(UnwindTableError) -> (rows: [UInt64], skipped: Int) {
    // Enough for nearly all files: see `estimatedRows`.
    var writer = RowWriter(expecting: min(byteCount / 4, UnwindTable.mostRows), holes: holes)
    var skipped = self.skipped
    var lastCommon = 0
    var known = functions.isEmpty ? [] : known[...]
    for key in functions {
      let function = try function(
        at: Int(UInt32(truncatingIfNeeded: key)), lastCommon: &lastCommon)
      while let next = known.first, next.begin < function.begin {
        known.removeFirst()
        if next.end <= function.begin { try next.write(to: &writer) }
      }
      try writer.openFunction(at: function.begin)
      if beginsStacks(function) { try writer.markStart(before: function.begin) }
      if try !write(function, of: commons[lastCommon], to: &writer, action) { skipped += 1 }
      writer.closeFunction(at: function.end)
    }
    for next in known { try next.write(to: &writer) }
    try writer.close()
    return (writer.rows, skipped)
  }

  /// Writes the rows of one function; false where its instructions cannot be read to the end.
  @inline(__always)
  private func write(
    _ function: Function, of common: Common, to writer: inout RowWriter,
    _ action: (FrameRules, Bool) -> UnwindRow.Action
  ) throws(UnwindTableError) -> Bool {
    var interpreter = CallFrameInterpreter(common.factors, startingWith: common.rules)
    var cursor = function.instructions
    var location = function.begin
    while location < function.end {
      let next: UInt64
      do throws(UnwindTableError) {
        next = try interpreter.run(&cursor, from: location) ?? function.end
      } catch {
        try writer.append(.gap, from: location, to: function.end)
        return false
      }
      let action = action(interpreter.rules, common.isSignalFrame)
      if action == .end, location == function.begin { try writer.markStart(before: location) }
      try writer.append(action, from: location, to: min(next, function.end))
      location = next
    }
    return true
  }
}
