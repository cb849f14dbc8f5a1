// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Modules, functions and frames that namers found, each held once.
///
/// Indices stay valid: entries are only ever added. `Frame.module` and `Frame.function` are indices
/// in the same table.
struct NameTable {
  private(set) var modules: [Module] = []
  private(set) var functions: [Function] = []
  private(set) var frames: [Frame] = []
  private var moduleIndices: [Module: Int] = [:]
  private var functionIndices: [Function: Int] = [:]
  private var frameIndices: [Frame: Int] = [:]

  mutating func index(of module: Module) -> Int {
    modules.index(holdingOnce: module, &moduleIndices)
  }

  mutating func index(of function: Function) -> Int {
    functions.index(holdingOnce: function, &functionIndices)
  }

  mutating func index(of frame: Frame) -> Int {
    frames.index(holdingOnce: frame, &frameIndices)
  }

  /// Replaces what is known of a module; its frames stay its own.
  mutating func update(module index: Int, to module: Module) {
    guard modules[index] != module else { return }
    moduleIndices[modules[index]] = nil
    modules[index] = module
    moduleIndices[module] = index
  }

  /// The frame of a location without a name: `module+0xstart()` where it is known at which address its
  /// function begins, else `module+0xaddress`; the module alone where addresses differ in each run.
  ///
  /// - Parameter start: the address at which its function begins; nil where not known.
  mutating func unnamedFrame(
    at address: UInt64, of start: UInt64? = nil, inModule index: Int
  ) -> Int {
    let module = modules[index]
    let isFixed = module.kind == .file || module.kind == .vdso
    let code =
      start.map { UnnamedCode.function(start: $0) } ?? .address(address)
    let name = isFixed ? code.name(in: module.name) : module.path
    return self.index(
      of: Frame(
        function: self.index(of: Function(name: name)), module: index,
        address: isFixed ? address : 0, naming: .moduleOnly))
  }
}
