// SPDX-License-Identifier: Apache-2.0

/// The names of the kernel functions (also of its modules and BPF programs) that a recording's
/// stacks pass through.
package struct KernelSymbols: Sendable {
  /// The name of one function of the kernel.
  package struct Symbol: Hashable, Sendable {
    /// The function's name in `/proc/kallsyms`.
    package var name: String
    /// The kernel module that has the function, such as `nf_tables`; `bpf` for BPF programs; nil
    /// for the kernel proper.
    package var module: String?

    /// Creates the name of a function; without a module it is one of the kernel proper.
    package init(name: String, module: String? = nil) {
      self.name = name
      self.module = module
    }
  }

  /// The function at each kernel address that stacks contain. An address that is absent is in no
  /// known function. Keys are addresses inside functions, not their starts.
  package var byAddress: [UInt64: Symbol]
  /// Whether the kernel hides the addresses of its functions from the profiler, so that there are
  /// no names for them (`kernel.kptr_restrict`, or no CAP_SYSLOG).
  package var areHidden: Bool

  /// Creates a table of functions by addresses inside them; empty if the kernel hides its
  /// addresses.
  package init(byAddress: [UInt64: Symbol] = [:], areHidden: Bool = false) {
    self.byAddress = byAddress
    self.areHidden = areHidden
  }
}
