// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The last namer of the list: gives `[unknown]` to every location that no other namer accepts.
struct UnmappedNamer: Namer {
  func accepts(_: Location) -> Bool { true }

  mutating func frames(
    at locations: [Location], in _: NamingContext, _ names: inout NameTable
  ) -> [[Int]] {
    let function = names.index(of: Function(name: RenderedPaths.unknownName))
    let module = names.index(of: Module(kind: .unknown, path: RenderedPaths.unknownName))
    let frame = names.index(
      of: Frame(function: function, module: module, address: 0, naming: .unknown))
    return Array(repeating: [frame], count: locations.count)
  }
}
