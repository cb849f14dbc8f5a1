// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A language runtime that makes machine code while its program runs, and what its users can do so
/// that profilers know more of that code.
struct LanguageRuntime: Hashable {
  /// The language or the runtime, in the words of its users.
  let name: String
  /// Names of the files by which it is recognized among the modules of a process; `*` at the end
  /// stands for any rest.
  let files: [String]
  /// What makes it list its functions in a perf map or jitdump; nil if nothing does.
  let listing: String?
  /// What makes its code keep frame pointers; nil if nothing does, or if it keeps them always.
  let framePointers: String?

  /// The runtimes whose users can do something, or are to know that nothing helps.
  static let all = [
    LanguageRuntime(
      name: "java", files: ["libjvm.so"],
      listing: "jcmd PID Compiler.perfmap while it runs, or java "
        + "-XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit",
      framePointers: "java -XX:+PreserveFramePointer"),
    LanguageRuntime(
      name: "node", files: ["node", "nodejs", "libnode.so*"], listing: "node --perf-basic-prof",
      framePointers: nil),
    LanguageRuntime(
      name: "deno", files: ["deno"], listing: "deno run --v8-flags=--perf-basic-prof",
      framePointers: nil),
    LanguageRuntime(
      name: "erl", files: ["beam.smp"], listing: "erl +JPperf true",
      framePointers: "erl +JPperf true"),
    LanguageRuntime(
      name: ".NET", files: ["libcoreclr.so"], listing: "DOTNET_PerfMapEnabled=1 dotnet",
      framePointers: nil),
    LanguageRuntime(
      name: "mono", files: ["mono", "mono-sgen", "libmonosgen-2.0.so*", "libmono-2.0.so*"],
      listing: "mono --jitmap", framePointers: "MONO_DEBUG=disable_omit_fp mono"),
    LanguageRuntime(
      name: "LuaJIT", files: ["luajit", "luajit-2.*", "libluajit-5.1.so*"],
      listing: "LuaJIT built with XCFLAGS=-DLUAJIT_USE_PERFTOOLS", framePointers: nil),
    LanguageRuntime(
      name: "ruby", files: ["ruby", "ruby3.*", "libruby.so*", "libruby-3.*"],
      listing: "ruby --yjit-perf", framePointers: "ruby --yjit-perf"),
    LanguageRuntime(
      name: "php", files: ["php", "php8.*", "php-fpm*", "libphp*", "opcache.so"],
      listing: "php -d opcache.jit_debug=16", framePointers: nil),
    LanguageRuntime(
      name: "wasmtime", files: ["wasmtime"], listing: "wasmtime --profile=perfmap",
      framePointers: nil),
    LanguageRuntime(
      name: "PostgreSQL", files: ["llvmjit.so"], listing: "jit_profiling_support = on",
      framePointers: nil),
  ]

  /// Whether a module of this name is part of the runtime.
  func contains(moduleNamed name: String) -> Bool {
    files.contains { pattern in
      pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
  }
}

extension Profile {
  /// The runtimes in the processes whose samples satisfy a condition, those in the most samples
  /// first. Code made at run time is one module whatever made it, so that it is recognized by what
  /// else its process ran.
  ///
  /// - Parameter isMeant: Decides by the index of a stack.
  func runtimes(inStacks isMeant: (Int) -> Bool) -> [LanguageRuntime] {
    var counts: [Int: UInt64] = [:]
    for sample in samples where isMeant(sample.stack) {
      counts[sample.process, default: 0] += count(of: sample)
    }
    var modulesByProcess: [Int: Set<Int>] = [:]
    for sample in samples where counts[sample.process] != nil {
      for frame in stacks[sample.stack].frames {
        modulesByProcess[sample.process, default: []].insert(frames[frame].module)
      }
    }
    var found: [LanguageRuntime: UInt64] = [:]
    for (process, modules) in modulesByProcess {
      let names = modules.map { self.modules[$0].name }
      for runtime in LanguageRuntime.all where names.contains(where: runtime.contains) {
        found[runtime, default: 0] += counts[process] ?? 0
      }
    }
    return found.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.map(\.key)
  }
}
