// SPDX-License-Identifier: Apache-2.0

/// A law of conservation: whatever a collector has seen in a window is in exactly one of several parts.
public struct ConservationLaw: Hashable, Sendable {
  /// What is conserved. The raw value is its name for people.
  public enum Quantity: String, Sendable {
    /// Runs of a BPF program, each of which takes a sample or says why it does not.
    case runs = "samples"
    /// Time, such as that which threads waited.
    case nanoseconds
  }

  /// One of the parts that the total is divided into.
  public struct Part: Hashable, Sendable {
    /// What it is, for people: `idle`, `lost: map_full`.
    public var name: String
    /// In the quantity of the law.
    public var amount: UInt64

    /// A part by its name and amount.
    public init(_ name: String, _ amount: UInt64) {
      self.name = name
      self.amount = amount
    }
  }

  /// What the total and the parts count.
  public var quantity: Quantity
  /// What was seen, all together.
  public var total: UInt64
  /// Where it went.
  public var parts: [Part]
  /// The greatest residual, of either sign, that is no defect: 0 for runs.
  public var tolerance: UInt64

  /// A law; runs have no tolerance.
  public init(_ quantity: Quantity, total: UInt64, parts: [Part], tolerance: UInt64 = 0) {
    self.quantity = quantity
    self.total = total
    self.parts = parts
    self.tolerance = tolerance
  }

  /// The total less all parts.
  public var residual: Int64 {
    Int64(bitPattern: parts.reduce(total) { $0 &- $1.amount })
  }

  /// False is a defect of the profiler.
  public var holds: Bool { residual.magnitude <= tolerance }
}
