// SPDX-License-Identifier: Apache-2.0

import CShims

/// What the first instructions of functions do to rsp, and how their last ones undo it.
extension UndescribedCode {
  /// The limit of the first instructions that are read of a function.
  private static let mostInstructions = 24

  /// What one of the first instructions of a function does to rsp.
  private struct Step {
    /// The instruction that undoes it.
    var undoing: [UInt8]
    /// The offset behind the instruction.
    var end: Int
    /// Words by which rsp is lower behind it.
    var words: Int
    /// Whether rbp is saved.
    var savesRBP: Bool
    /// Words from rsp, behind it, up to where rbp is saved.
    var slot = 0
  }

  /// The actions of a function, each with the address from which on it holds, ascending; the first one
  /// at the function's begin.
  func actions(
    ofFunctionIn range: Range<UInt64>
  ) -> [(address: UInt64, action: UnwindRow.Action)] {
    let first = Int(range.lowerBound - begin)
    let longest = 1 << Int(FB_CALLED_DISTANCE_BITS)
    let last = min(Int(range.upperBound - begin), first + longest, bytes.count)
    var actions: [(address: UInt64, action: UnwindRow.Action)] = []
    var state = (depth: 0, rbp: 0)
    func enter(at offset: Int) {
      guard offset < last else { return }
      actions.append(
        (begin + UInt64(offset), .called(offset - first, state.depth, rbp: state.rbp)))
    }
    enter(at: first)
    let steps = prologue(from: first, to: last)
    for step in steps {
      state.depth += step.words
      if step.savesRBP { state.rbp = state.depth - step.slot }
      enter(at: step.end)
    }
    if let body = steps.last?.end {
      let whole = state
      for end in ends(undoing: steps, in: body..<last) {
        state = whole
        var offset = end.lowerBound
        for step in steps.reversed() {
          offset += step.undoing.count
          state.depth -= step.words
          if step.savesRBP { state.rbp = 0 }
          enter(at: offset)
        }
        state = whole
        enter(at: end.upperBound)
      }
    }
    if last < Int(range.upperBound - begin) { actions.append((begin + UInt64(last), .gap)) }
    return actions
  }

  /// The pieces of code, up to and with `ret`, that undo all steps.
  private func ends(undoing steps: [Step], in range: Range<Int>) -> [Range<Int>] {
    let code = steps.reversed().flatMap(\.undoing) + [0xc3]
    var ends: [Range<Int>] = []
    var at = range.lowerBound
    while at + code.count <= range.upperBound {
      if bytes[at] == code[0], bytes[at...].starts(with: code) {
        ends.append(at..<at + code.count)
        at += code.count
      } else {
        at += 1
      }
    }
    return ends
  }

  /// The first instructions that change rsp, up to one that is not known.
  private func prologue(from start: Int, to end: Int) -> [Step] {
    var steps: [Step] = []
    var at = start
    var depth = 0
    for _ in 0..<Self.mostInstructions {
      let rest = bytes[at..<end]
      if let step = step(rest) {
        depth += step.words
        // More does not fit into a row.
        guard depth < 1 << Int(FB_CALLED_DEPTH_BITS),
          !step.savesRBP || 1..<1 << Int(FB_CALLED_RBP_BITS) ~= depth - step.slot
        else { break }
        steps.append(step)
        at = step.end
      } else if let size = HarmlessInstruction.size(rest) {
        at += size
      } else {
        break
      }
      if at >= end { break }
    }
    return steps
  }

  /// Decodes an instruction that lowers rsp, or saves rbp; nil if it is another one.
  private func step(_ code: ArraySlice<UInt8>) -> Step? {
    let at = code.startIndex
    guard code.count >= 7 else { return nil }
    switch (code[at], code[at + 1], code[at + 2]) {
    case (0x50...0x57, _, _) where code[at] != 0x54:  // push
      return Step(
        undoing: [code[at] + 8], end: at + 1, words: 1, savesRBP: code[at] == 0x55)
    case (0x41, 0x50...0x57, _):
      return Step(undoing: [0x41, code[at + 1] + 8], end: at + 2, words: 1, savesRBP: false)
    case (0x48, 0x89, 0x6c) where code[at + 3] == 0x24 && code[at + 4] & 0x87 == 0:
      // mov %rbp, OFFSET(%rsp)
      return Step(
        undoing: [], end: at + 5, words: 0, savesRBP: true, slot: Int(code[at + 4]) / 8)
    case (0x48, 0x89, 0x2c) where code[at + 3] == 0x24:  // mov %rbp, (%rsp)
      return Step(undoing: [], end: at + 4, words: 0, savesRBP: true)
    case (0x48, 0x83, 0xec) where code[at + 3] < 0x80 && code[at + 3] & 7 == 0:  // sub $, %rsp
      return Step(
        undoing: [0x48, 0x83, 0xc4, code[at + 3]], end: at + 4, words: Int(code[at + 3]) / 8,
        savesRBP: false)
    case (0x48, 0x83, 0xc4) where code[at + 3] >= 0x80 && code[at + 3] & 7 == 0:  // add $-, %rsp
      let words = (256 - Int(code[at + 3])) / 8
      guard words < 16 else { return nil }
      return Step(
        undoing: [0x48, 0x83, 0xc4, UInt8(words * 8)], end: at + 4, words: words, savesRBP: false)
    case (0x48, 0x81, 0xec) where code[at + 3] & 7 == 0 && code[at + 5] | code[at + 6] == 0:
      let size = Int(code[at + 3]) | Int(code[at + 4]) << 8
      return Step(
        undoing: [0x48, 0x81, 0xc4] + code[(at + 3)..<(at + 7)], end: at + 7, words: size / 8,
        savesRBP: false)
    default:
      return nil
    }
  }
}

extension UnwindRow.Action {
  /// Packs the action of a function that is left only if its return address follows a call of it.
  ///
  /// - Parameters:
  ///   - distance: Bytes from the function's first byte to the row, below
  ///     `1 << FB_CALLED_DISTANCE_BITS`.
  ///   - depth: Words from rsp to the return address, below `1 << FB_CALLED_DEPTH_BITS`.
  ///   - rbp: Words from the return address down to the caller's rbp, below
  ///     `1 << FB_CALLED_RBP_BITS`; 0: it is in rbp.
  fileprivate static func called(_ distance: Int, _ depth: Int, rbp: Int) -> Self {
    Self(packed: fb_called_action(UInt32(distance), UInt32(depth), UInt32(rbp)))
  }
}
