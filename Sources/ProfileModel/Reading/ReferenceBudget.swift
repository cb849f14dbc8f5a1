// SPDX-License-Identifier: Apache-2.0

/// A bound on what the parts of an input may add up to that refer to other parts of it.
///
/// In formats with tables, a few bytes stand for a stack or a name that is written once. A hostile input
/// could let each of its samples stand for the longest stack that fits into it, and would take time and
/// memory by the square of its size. Inputs that are profiles are far below the bound.
package struct ReferenceBudget: Sendable {
  private var left: Int

  /// What even the smallest input may add up to: a chain of calls of 2,000 frames, 4,000 times.
  private static let least = 8 << 20

  /// Creates the budget of an input.
  ///
  /// - Parameters:
  ///   - bytes: The size of the input in bytes, inflated.
  ///   - factor: How many frames, or bytes of text, each byte of the input may stand for.
  package init(bytes: Int, factor: Int) {
    left = Self.least + bytes * factor
  }

  /// Takes from the budget.
  ///
  /// - Parameter amount: Frames of a stack, or bytes of text, that a part refers to.
  /// - Throws: `excessive` if more than the budget was taken.
  package mutating func take(_ amount: Int) throws(ReadingError) {
    guard amount <= left else { throw .excessive }
    left -= amount
  }

  /// Takes the bytes of the texts of a frame.
  ///
  /// - Throws: `excessive` if more than the budget was taken.
  package mutating func take(_ frame: FrameDescription) throws(ReadingError) {
    try take(frame.function.textBytes + frame.module.path.utf8.count)
  }
}

extension Function {
  /// The bytes of its names.
  package var textBytes: Int {
    name.utf8.count + systemName.utf8.count + file.utf8.count
  }
}
