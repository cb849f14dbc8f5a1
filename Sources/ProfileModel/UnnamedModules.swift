// SPDX-License-Identifier: Apache-2.0

/// How many frames of a module have no name: occurrences, weighted by samples.
public struct UnnamedModule: Hashable, Sendable {
  /// Index in `Profile.modules`.
  public var module: Int
  public var unnamed: UInt64
  public var total: UInt64

  /// From 0 to 1.
  public var share: Double { total == 0 ? 0 : Double(unnamed) / Double(total) }
}

extension Profile {
  /// The modules with frames that have no name, those with the most such frames first.
  public func unnamedModules() -> [UnnamedModule] {
    var totals = [UnnamedModule]()
    for module in modules.indices {
      totals.append(UnnamedModule(module: module, unnamed: 0, total: 0))
    }
    for sample in samples {
      for index in stacks[sample.stack].frames {
        let frame = frames[index]
        totals[frame.module].total += sample.count
        if frame.naming != .named { totals[frame.module].unnamed += sample.count }
      }
    }
    return totals.filter { $0.unnamed > 0 }
      .sorted { ($1.unnamed, $0.module) < ($0.unnamed, $1.module) }
  }
}
