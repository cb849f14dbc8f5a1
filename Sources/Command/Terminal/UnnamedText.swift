// SPDX-License-Identifier: Apache-2.0

import Glibc
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
    let packages = DebianPackage.owners(
      of: Set(shown.map { profile.modules[$0.module] }.filter(isStripped).map(\.path)))
    var lines = shown.map { module in
      let share = 100 * Double(module.samples) / Double(max(1, profile.totalCount))
      return describe(
        profile.modules[module.module], " in \(Words.fixed(share, places: 1)) % of the samples",
        packages)
    }
    lines += alsoShown.map { describe(profile.modules[$0], "", packages) }
    let hidden = unnamed.count + limited.count - lines.count
    if hidden > 0 { lines.append("and \(hidden) more") }
    return lines.enumerated().map { ($0 == 0 ? "  unnamed  " : "           ") + $1 }
  }

  private static let mostModules = 8

  /// `libc.so.6 in 4.1 % of the samples: it is stripped of its symbols (no_symbols); apt install …`
  private func describe(
    _ module: Module, _ share: String, _ packages: [String: String]
  ) -> String {
    let reasons =
      module.limits.isEmpty
      ? [module.kind == .unknown ? Words.unmappedAddresses : Words.noSymbolThere]
      : module.limits.map { "\(Words.limit($0)) (\($0.rawValue))" }
    let remedy = module.limits.compactMap { self.remedy(for: $0, of: module, packages) }.first
    return VisibleText.of(module.name) + share + ": " + reasons.joined(separator: "; ")
      + (remedy.map { "; \($0)" } ?? "")
  }

  private func isStripped(_ module: Module) -> Bool {
    module.limits.contains(.noSymbols) || module.limits.contains(.supplementMissing)
  }

  /// A command or option that gives the module names; nil if there is none.
  private func remedy(
    for limit: NamingLimit, of module: Module, _ packages: [String: String]
  ) -> String? {
    switch limit {
    case .noSymbols, .supplementMissing:
      guard let package = packages[module.path] else {
        return "keep its symbols, or give their folder with --debug-dir"
      }
      // libc6-dbg is in Debian's main archive; -dbgsym packages are in the debug archive.
      return package == "libc6" ? "apt install libc6-dbg" : "apt install \(package)-dbgsym"
    case .packedByZstd: return "objcopy --decompress-debug-sections"
    case .splitMissing: return "give their folder with --debug-dir"
    case .codeUntold:
      return "node --perf-basic-prof, jcmd PID Compiler.perfmap (java), python3 -X perf"
    case .kernelHidden:
      return geteuid() == 0 ? "sysctl kernel.kptr_restrict=1" : "run flameback with sudo"
    case .fileDenied: return "run flameback with sudo"
    case .filesTooMany: return "ulimit -n"
    case .tooLarge, .workerCrash, .workerTimeout, .workerMemory, .fileExited, .fileDeleted,
      .fileRefused, .fileTooBig, .fileRemote, .fileCorrupt, .fileReplaced:
      return nil
    }
  }
}
