// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Names kernel addresses, by the symbols that the sampler asked the kernel for.
///
/// Frames get address 0: an address in a profile would reveal where the kernel lies in memory.
struct KernelNamer: Namer {
  func accepts(_ location: Location) -> Bool {
    if case .kernel = location { true } else { false }
  }

  mutating func frames(
    at locations: [Location], in context: NamingContext, _ names: inout NameTable
  ) -> [[Int]] {
    locations.map { location in
      guard case .kernel(let address) = location else { return [] }
      return [frame(at: address, context.kernelSymbols, &names)]
    }
  }

  private func frame(
    at address: UInt64, _ symbols: KernelSymbols, _ names: inout NameTable
  ) -> Int {
    let symbol = symbols.byAddress[address]
    var module =
      symbol?.module.map { Module(kind: .kernelModule, path: "[\($0)]") }
      ?? Module(kind: .kernel, path: "[kernel.kallsyms]")
    if symbols.areHidden { module.limits = [.kernelHidden] }
    return names.index(
      of: Frame(
        function: names.index(of: Function(name: symbol?.name ?? module.path)),
        module: names.index(of: module), address: 0,
        naming: symbol == nil ? .moduleOnly : .named))
  }
}
