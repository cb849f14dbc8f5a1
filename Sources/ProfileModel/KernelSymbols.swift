// SPDX-License-Identifier: Apache-2.0

/// The functions of the kernel, its modules and its BPF programs that a recording passes through.
public struct KernelSymbols: Sendable {
  /// A function of the kernel.
  public struct Symbol: Hashable, Sendable {
    /// The name in `/proc/kallsyms`.
    public var name: String
    /// Nil in the kernel proper; `nf_tables`, `bpf`.
    public var module: String?

    /// A function of the kernel proper, or of a module.
    public init(name: String, module: String? = nil) {
      self.name = name
      self.module = module
    }
  }

  /// By addresses within them. What has none is in no function.
  public var byAddress: [UInt64: Symbol]
  /// Whether the kernel hides its addresses, so that there are no names for them
  /// (`kernel.kptr_restrict`, or no CAP_SYSLOG).
  public var areHidden: Bool

  /// Names by addresses; none if the kernel hides its addresses.
  public init(byAddress: [UInt64: Symbol] = [:], areHidden: Bool = false) {
    self.byAddress = byAddress
    self.areHidden = areHidden
  }
}
