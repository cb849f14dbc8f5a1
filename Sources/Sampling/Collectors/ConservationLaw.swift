// SPDX-License-Identifier: Apache-2.0

/// A check that nothing is lost silently: all that a collector has seen in a window is in exactly
/// one of several parts, so that their sum is the total.
public struct ConservationLaw: Hashable, Sendable {
  /// A quantity that is conserved. The raw value is its name in messages.
  public enum Quantity: String, Sendable {
    /// The number of runs of a BPF program. Each run takes a sample or counts why it does not.
    case runs = "samples"
    /// A time in nanoseconds, such as the time that threads waited.
    case nanoseconds
  }

  /// One of the parts that the total is divided into.
  public struct Part: Hashable, Sendable {
    /// The name of the part in messages, such as `idle` or `lost: map_full`.
    public var name: String
    /// The amount of the total that is in this part: runs or nanoseconds, by the law's `quantity`.
    public var amount: UInt64

    /// Creates a part of the total.
    ///
    /// - Parameters:
    ///   - name: Such as `idle`.
    ///   - amount: Runs or nanoseconds, by the law's `quantity`.
    public init(_ name: String, _ amount: UInt64) {
      self.name = name
      self.amount = amount
    }
  }

  /// The quantity that the total and the parts count.
  public var quantity: Quantity
  /// The amount that the collector has seen in the window, in the unit of `quantity`.
  public var total: UInt64
  /// The parts, whose sum must be the total, within `tolerance`.
  public var parts: [Part]
  /// The greatest residual, of either sign, that is no defect, in the unit of `quantity`: 0 for
  /// runs.
  public var tolerance: UInt64

  /// Creates a law with these values; the law of runs has a tolerance of 0.
  public init(_ quantity: Quantity, total: UInt64, parts: [Part], tolerance: UInt64 = 0) {
    self.quantity = quantity
    self.total = total
    self.parts = parts
    self.tolerance = tolerance
  }

  /// The difference of the total and the sum of the parts, in the unit of `quantity`; negative if
  /// the sum is greater.
  public var residual: Int64 {
    Int64(bitPattern: parts.reduce(total) { $0 &- $1.amount })
  }

  /// Whether the residual is within the tolerance. If not, the profiler has a defect.
  public var holds: Bool { residual.magnitude <= tolerance }
}
