// SPDX-License-Identifier: Apache-2.0

/// A check that a collector has lost nothing silently: all that it has seen in a window is in
/// exactly one of several parts, so the parts must add up to the total.
package struct ConservationLaw: Hashable, Sendable {
  /// A quantity whose total must be the sum of its parts. The raw value is its name in messages and
  /// in JSON.
  package enum Quantity: String, CaseIterable, Sendable {
    /// The number of runs of a BPF program. Each run takes a sample or counts why it does not.
    case runs = "samples"
    /// A time in nanoseconds, such as the time for which threads waited.
    case nanoseconds
  }

  /// One of the parts that the total is divided into.
  package struct Part: Hashable, Sendable {
    /// The name of the part in outputs, such as `idle` or `lost: map_full`. Untrusted text if it was
    /// read from a file.
    package var name: String
    /// The amount of the total that is in this part: runs or nanoseconds, by the law's `quantity`.
    package var amount: UInt64

    /// Creates a part of the total.
    ///
    /// - Parameters:
    ///   - name: The name of the part in messages, such as `idle`.
    ///   - amount: The amount that is in the part: runs or nanoseconds, by the law's `quantity`.
    package init(_ name: String, _ amount: UInt64) {
      self.name = name
      self.amount = amount
    }
  }

  /// The name of the law in outputs, such as `samples` or `futex_waits`. Untrusted text if it was
  /// read from a file.
  package var key: String
  /// The quantity that the total and the parts count.
  package var quantity: Quantity
  /// The amount that the collector has seen in the window, in the unit of `quantity`.
  package var total: UInt64
  /// The parts that the total is divided into. Their sum must be the total, within `tolerance`.
  package var parts: [Part]
  /// The greatest difference of the total and the sum of the parts, of either sign, that is no
  /// defect, in the unit of `quantity`; 0 for runs.
  package var tolerance: UInt64

  /// Creates a law of a total and its parts.
  ///
  /// - Parameters:
  ///   - key: The name of the law in outputs, such as `futex_waits`.
  ///   - quantity: The quantity that the total and the parts count.
  ///   - total: The amount that the collector has seen in the window, in the unit of `quantity`.
  ///   - parts: The parts that must add up to the total.
  ///   - tolerance: The greatest difference that is no defect, in the unit of `quantity`; 0 for
  ///     runs.
  package init(
    _ key: String, _ quantity: Quantity, total: UInt64, parts: [Part], tolerance: UInt64 = 0
  ) {
    self.key = key
    self.quantity = quantity
    self.total = total
    self.parts = parts
    self.tolerance = tolerance
  }

  /// The difference of the total and the sum of the parts, in the unit of `quantity`; negative if
  /// the sum is greater.
  package var residual: Int64 {
    Int64(bitPattern: parts.reduce(total) { $0 &- $1.amount })
  }

  /// The law in words: `1,000 nanoseconds = 990 waited + 10 lost`.
  package var equation: String {
    var writer = ByteWriter()
    writer.append(grouped: total)
    writer.append(text: " \(quantity.rawValue) = ")
    for (index, part) in parts.enumerated() {
      if index > 0 { writer.append(" + ") }
      writer.append(grouped: part.amount)
      writer.append(text: " \(part.name)")
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Whether the parts add up to the total, within the tolerance. If not, the profiler has a
  /// defect.
  package var holds: Bool { residual.magnitude <= tolerance }
}
