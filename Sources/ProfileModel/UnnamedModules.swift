// SPDX-License-Identifier: Apache-2.0

/// How many samples pass through code of a module that has no name.
public struct UnnamedModule: Hashable, Sendable {
  /// Index in `Profile.modules`.
  public var module: Int
  /// The value, in the shown metric, of the samples that have at least one nameless frame of the
  /// module.
  public var samples: UInt64
}

extension Profile {
  /// The modules with frames that have no name, those in the most samples first.
  public func unnamedModules() -> [UnnamedModule] {
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
