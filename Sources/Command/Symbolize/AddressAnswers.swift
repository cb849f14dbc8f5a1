// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What `symbolize` prints for addresses: those of an object file, or of the kernel.
protocol AddressAnswers {
  /// Finds the frames at addresses, which `write` then writes.
  mutating func find(_ addresses: [UInt64]) throws(Failure)

  /// Writes the frames at one of the addresses that were found last, innermost first, each as a line
  /// with its function and a line `FILE:LINE:COLUMN`; nothing where no frame is known.
  ///
  /// - Parameter index: of the address in the list that was passed to `find`.
  func write(_ index: Int, to writer: inout ByteWriter)

  /// Messages about what is missing, for people.
  var notes: [String] { get }
}

extension AddressAnswers {
  /// An untrusted name, escaped for a terminal; `??` for an empty one.
  static func text(_ name: String) -> [UInt8] {
    name.isEmpty ? unknown : Array(VisibleText.of(name).utf8)
  }

  /// Stands for what is not known.
  static var unknown: [UInt8] { Array("??".utf8) }
}
