// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Advice

/// Profiles of one process each, and what is advised for them.
@Suite struct AdviceTests {
  /// A profile with one stack of a frame in each module, leaf first.
  private func profile(
    _ modules: [Module], functions: [String] = [], truncation: Truncation? = nil
  ) -> Profile {
    let named = functions.map { Function(name: $0) }
    let frames = modules.indices.map { index in
      Frame(
        function: index, module: index, address: 0x100,
        naming: index < functions.count ? .named : .moduleOnly)
    }
    let nameless = modules.dropFirst(functions.count).map { Function(name: "\($0.name)+0x100") }
    return Profile(
      session: Session(
        target: "test", host: "host", metrics: [.clock(pace: .frequency(99))], cpus: 1,
        startedAt: 0, duration: 1),
      processes: [ProfiledProcess(pid: 1, comm: "p")], modules: modules,
      functions: named + nameless, frames: frames,
      stacks: [Stack(frames: Array(frames.indices), truncation: truncation)],
      samples: [Sample(process: 0, threadID: 1, comm: "p", stack: 0, values: [3])])
  }

  private func file(_ path: String, _ limits: NamingLimit...) -> Module {
    var module = Module(kind: .file, path: path)
    module.limits = limits
    return module
  }

  private var jit: Module {
    var module = Module(kind: .anonymous, path: "[anonymous]")
    module.limits = [.codeUntold]
    return module
  }

  @Test(arguments: [
    ("/usr/lib/jvm/lib/server/libjvm.so", "jcmd PID Compiler.perfmap"),
    ("/usr/bin/node", "node --perf-basic-prof"), ("/opt/otp/bin/beam.smp", "erl +JPperf true"),
    ("/usr/bin/mono-sgen", "mono --jitmap"),
    ("/usr/lib/libluajit-5.1.so.2", "LUAJIT_USE_PERFTOOLS"),
    ("/usr/lib/dotnet/libcoreclr.so", "DOTNET_PerfMapEnabled=1"), ("/usr/bin/ruby", "--yjit-perf"),
  ])
  func runtimesListTheirCode(path: String, way: String) throws {
    let profile = profile([jit, file(path)])
    let text = try #require(NamingAdvice(for: profile, modules: [0]).text(forModule: 0))
    #expect(text.contains(way))
  }

  /// A program that is not known, and one whose runtime has no such option.
  @Test(arguments: ["/usr/bin/myjit", "/usr/bin/nodeish", "/usr/bin/python3.11"])
  func unknownRuntimesGetNoAdvice(path: String) {
    let profile = profile([jit, file(path)], truncation: .jitNoFramePointer)
    #expect(NamingAdvice(for: profile, modules: [0]).text(forModule: 0) == nil)
    #expect(StackAdvice(for: profile).text(for: .jitNoFramePointer) == nil)
  }

  @Test func runtimesOfOtherProcessesAreNotMeant() {
    var profile = profile([jit, file("/usr/bin/myjit"), file("/usr/bin/node")])
    profile.processes.append(ProfiledProcess(pid: 2, comm: "node"))
    profile.stacks = [Stack(frames: [0, 1]), Stack(frames: [2])]
    profile.samples.append(
      Sample(process: 1, threadID: 2, comm: "node", stack: 1, values: [1]))
    #expect(NamingAdvice(for: profile, modules: [0]).text(forModule: 0) == nil)
  }

  @Test func framePointersOfRuntimes() {
    func text(_ path: String) -> String? {
      StackAdvice(for: profile([jit, file(path)], truncation: .jitNoFramePointer))
        .text(for: .jitNoFramePointer)
    }
    #expect(text("/jdk/libjvm.so") == "java -XX:+PreserveFramePointer")
    #expect(text("/usr/bin/beam.smp") == "erl +JPperf true")
    #expect(text("/usr/bin/mono-sgen") == "MONO_DEBUG=disable_omit_fp mono")
    // They keep them, or cannot.
    #expect(text("/usr/bin/node") == nil)
    #expect(text("/usr/bin/luajit") == nil)
  }

  /// The outermost frame is in the module that lacks the information.
  @Test(
    arguments: [
      ("/opt/libfast.so.1", "fast", "build libfast.so.1 with -fasynchronous-unwind-tables"),
      ("/lib/ld-musl-x86_64.so.1", "memcpy", "configure musl with --enable-debug"),
      ("/usr/lib/x86_64-linux-musl/libc.so", "memcpy", "configure musl with --enable-debug"),
      ("/opt/tool", "_ZN4tool4main17h0123456789abcdefE", "RUSTFLAGS=-Cforce-frame-pointers=yes"),
      ("/opt/tool", "_RNvCs1234_4tool4main", "build tool with RUSTFLAGS"),
      ("/opt/server", "runtime.goexit", nil),
    ] as [(String, String, String?)])
  func modulesWithoutTables(path: String, function: String, way: String?) {
    let profile = profile(
      [file("/lib/libc.so.6"), file(path)], functions: ["read", function], truncation: .noCFI)
    let text = StackAdvice(for: profile).text(for: .noCFI)
    #expect(text?.contains(way ?? "?") ?? (way == nil))
    #expect(text?.hasPrefix("build it ") != true)
  }

  @Test func codeWithoutAFileCannotBeBuiltAnew() {
    let profile = profile([jit], truncation: .noCFI)
    #expect(StackAdvice(for: profile).text(for: .noCFI) == nil)
  }

  @Test func optionsOfFlameback() {
    let advice = StackAdvice(for: profile([jit]))
    #expect(advice.text(for: .depth) == "raise --max-depth")
    #expect(advice.text(for: .tableBudget) == "raise --table-memory")
    #expect(advice.text(for: .share) == "raise --max-stacks")
    for reason in Truncation.allCases
    where ![.depth, .tableBudget, .share, .jitNoFramePointer, .noCFI].contains(reason) {
      #expect(advice.text(for: reason) == nil)
    }
  }

  /// The most frequent reason may be one that nothing helps for.
  @Test func adviceForTheReasonThatItHelpsMost() {
    let advice = StackAdvice(for: profile([jit]))
    func best(_ truncated: [Truncation: UInt64]) -> Truncation? {
      var account = StackAccount()
      account.truncated = truncated
      return advice.mostHelpful(for: account)?.reason
    }
    #expect(best([.zeroReturnAddress: 50, .depth: 30, .tableBudget: 20]) == .depth)
    #expect(best([.zeroReturnAddress: 50, .depth: 20, .tableBudget: 50]) == .tableBudget)
    #expect(best([.zeroReturnAddress: 95, .depth: 5]) == nil)
    #expect(best([.zeroReturnAddress: 1]) == nil)
    #expect(best([:]) == nil)
  }

  /// The text names the module, escaped.
  @Test func filesWithoutSymbols() {
    let profile = profile([
      file("/no/such/bare\u{1b}", .noSymbols), file("/no/such/split", .splitMissing),
      file("/no/such/gone", .fileDeleted), file("/no/such/packed", .packedByZstd, .noSymbols),
    ])
    let advice = NamingAdvice(for: profile, modules: [0, 1, 2, 3])
    let bare = advice.text(forModule: 0)
    #expect(bare?.contains("bare") == true && bare?.contains("\u{1b}") == false)
    #expect(bare?.contains("--debug-dir") == true)
    #expect(advice.text(forModule: 1)?.contains("split with --debug-dir") == true)
    #expect(advice.text(forModule: 2) == nil)
    #expect(advice.text(forModule: 3) == "objcopy --decompress-debug-sections packed")
  }
}
