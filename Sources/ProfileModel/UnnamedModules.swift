// SPDX-License-Identifier: Apache-2.0

/// A module that has frames without a function's name, and how many samples they are in.
package struct UnnamedModule: Hashable, Sendable {
  /// The index of the module in `Profile.modules`.
  package var module: Int
  /// The value, in the shown metric, of the samples that have at least one frame in the module
  /// without a function's name.
  package var samples: UInt64
}

extension Profile {
  /// Returns the modules that have frames without a function's name, those in the most samples
  /// first.
  package func unnamedModules() -> [UnnamedModule] {
    var samples = [UInt64](repeating: 0, count: modules.count)
    let modulesOfStacks = stacks.map { stack in
      Set(stack.frames.lazy.map { frames[$0] }.filter { $0.naming != .named }.map(\.module))
    }
    for sample in self.samples {
      for module in modulesOfStacks[sample.stack] { samples[module] += count(of: sample) }
    }
    return modules.indices.filter { samples[$0] > 0 }
      .map { UnnamedModule(module: $0, samples: samples[$0]) }
      .sorted { ($1.samples, $0.module) < ($0.samples, $1.module) }
  }
}
