// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Frames of the kernel, by address. No address goes out: it would tell where the kernel lies.
struct KernelFrames {
  private let symbols: KernelSymbols
  /// By address, as most kernel stacks share their outer frames.
  private var known: [UInt64: Int] = [:]

  init(_ symbols: KernelSymbols) {
    self.symbols = symbols
  }

  /// The frame at an address, which has been moved onto the call already.
  mutating func frame(at address: UInt64, in builder: inout ProfileBuilder) -> Int {
    if let frame = known[address] { return frame }
    let symbol = symbols.byAddress[address]
    var module =
      symbol?.module.map { Module(kind: .kernelModule, path: "[\($0)]") }
      ?? Module(kind: .kernel, path: "[kernel.kallsyms]")
    if symbols.areHidden { module.limits = [.kernelHidden] }
    let function = builder.index(of: Function(name: symbol?.name ?? module.path))
    let frame = builder.index(
      of: Frame(
        function: function, module: builder.index(of: module), address: 0,
        naming: symbol == nil ? .moduleOnly : .named))
    known[address] = frame
    return frame
  }
}
