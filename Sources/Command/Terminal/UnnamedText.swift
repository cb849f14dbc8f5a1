// SPDX-License-Identifier: Apache-2.0

import Advice
import ProfileModel

/// The part of the account about modules whose code has no names, or fewer than it could: the share
/// of samples, the reason, and a command that helps.
struct UnnamedText {
  let profile: Profile

  /// One line for each of at most 8 modules: first those with unnamed code, by samples, then those
  /// that only lack inlined frames or lines.
  var lines: [String] {
    let unnamed = profile.unnamedModules()
    let listed = Set(unnamed.map(\.module))
    let limited = profile.modules.indices.filter {
      !listed.contains($0) && !profile.modules[$0].limits.isEmpty
    }
    let shown = unnamed.prefix(Self.mostModules)
    let alsoShown = limited.prefix(Self.mostModules - shown.count)
    let advice = NamingAdvice(for: profile, modules: shown.map(\.module) + alsoShown)
    var lines = shown.map { module in
      let share = 100 * Double(module.samples) / Double(max(1, profile.totalCount))
      return describe(
        module.module, " in \(Words.fixed(share, places: 1)) % of the samples", advice)
    }
    lines += alsoShown.map { describe($0, "", advice) }
    let hidden = unnamed.count + limited.count - lines.count
    if hidden > 0 { lines.append("and \(hidden) more") }
    return lines.enumerated().map { ($0 == 0 ? "  unnamed  " : "           ") + $1 }
  }

  private static let mostModules = 8

  /// `libc.so.6 in 4.1 % of the samples: stripped of its symbols (no_symbols); apt install …`
  ///
  /// - Parameter index: of a module.
  private func describe(_ index: Int, _ share: String, _ advice: NamingAdvice) -> String {
    let module = profile.modules[index]
    let reasons =
      module.limits.isEmpty
      ? [module.kind == .unknown ? Words.unmappedAddresses : Words.noSymbolThere]
      : module.limits.map { "\(Words.limit($0)) (\($0.rawValue))" }
    return VisibleText.of(module.name) + share + ": " + reasons.joined(separator: "; ")
      + (advice.text(forModule: index).map { "; \($0)" } ?? "")
  }
}
