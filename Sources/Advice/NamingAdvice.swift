// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel

/// What the user can do so that code of a module has names, or more of them.
package struct NamingAdvice {
  private let profile: Profile
  private let packages: DebugPackages

  /// Searches the packages of the modules that it will be asked for.
  ///
  /// - Parameters:
  ///   - profile: The profile whose code lacks names.
  ///   - modules: Indices in `profile.modules`.
  package init(for profile: Profile, modules: [Int]) {
    self.profile = profile
    packages = DebugPackages(of: Set(modules.compactMap { profile.modules[$0].strippedFile }))
  }

  /// Returns what would give names to a module's code, such as a command or an option; nil if
  /// nothing is known to help. The text names the module or runtime that it is about.
  ///
  /// - Parameter index: The index of the module in `profile.modules`, one of those of `init`.
  package func text(forModule index: Int) -> String? {
    profile.modules[index].limits.lazy.compactMap { text(for: $0, ofModule: index) }.first
  }

  private func text(for limit: NamingLimit, ofModule index: Int) -> String? {
    let module = profile.modules[index]
    let name = VisibleText.of(module.name)
    switch limit {
    case .noSymbols:
      return debugPackage(of: module)
        ?? "keep the symbols of \(name), or give the folder of its debug file with --debug-dir"
    case .supplementMissing:
      return debugPackage(of: module) ?? "give the folder of the file for \(name) with --debug-dir"
    case .packedByZstd: return "objcopy --decompress-debug-sections \(name)"
    case .splitMissing: return "give the folder of those of \(name) with --debug-dir"
    case .codeUntold: return listings(ofModule: index)
    case .kernelHidden:
      return geteuid() == 0 ? "sysctl kernel.kptr_restrict=1" : "run flameback with sudo"
    case .fileDenied: return geteuid() == 0 ? nil : "run flameback with sudo"
    case .filesTooMany: return "raise ulimit -n"
    case .namingTime: return "give it more time: --naming-time 5m"
    case .unknownDebugFormat, .tooLarge, .workerCrash, .workerTimeout, .workerMemory,
      .workerUnconfined, .fileExited, .fileDeleted, .fileRefused, .fileTooBig, .fileRemote,
      .fileCorrupt, .fileReplaced:
      return nil
    }
  }

  private func debugPackage(of module: Module) -> String? {
    module.strippedFile.flatMap(packages.command)
  }

  /// How the runtimes list their code, of which the processes have code without names in a module;
  /// nil if none of them can.
  private func listings(ofModule index: Int) -> String? {
    let isMeant = profile.stacks.map { stack in
      stack.frames.contains { frame in
        profile.frames[frame].module == index && profile.frames[frame].naming != .named
      }
    }
    let ways = profile.runtimes { isMeant[$0] }.compactMap(\.listing)
    return ways.isEmpty ? nil : ways.joined(separator: "; ")
  }
}

extension Module {
  /// The module's file, if its symbols are missing and it can be recognized; else nil.
  fileprivate var strippedFile: DebugPackages.Stripped? {
    guard limits.contains(.noSymbols) || limits.contains(.supplementMissing), let buildID else {
      return nil
    }
    return DebugPackages.Stripped(path: path, buildID: buildID)
  }
}
