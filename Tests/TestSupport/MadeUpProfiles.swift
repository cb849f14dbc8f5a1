// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A server, its helper thread and a second process: every kind of frame, 1,000 samples in all.
package func serverProfile() -> Profile {
  var builder = ProfileBuilder()
  let libc = builder.module("/usr/lib/x86_64-linux-gnu/libc.so.6", buildID: [0xc0, 0xff, 0xee])
  let server = builder.module("/opt/server/bin/server", buildID: [0xde, 0xad, 0xbe, 0xef])
  let stripped = builder.module("/usr/lib/libstripped.so.1", buildID: [1, 2, 3, 4])
  let kernel = builder.module("[kernel.kallsyms]", .kernel)
  let netfilter = builder.module("[nf_tables]", .kernelModule)
  let jit = builder.module("//anon", .anonymous)
  let nowhere = builder.module("[unknown]", .unknown)

  let start = builder.frame("__libc_start_main", in: libc, at: 0x2724a)
  let main = builder.frame(
    "main", in: server, at: 0x1410, file: "/src/server.cpp", startLine: 10, line: 14)
  let loop = builder.frame(
    "server::Loop::run(std::chrono::milliseconds)", in: server, at: 0x1520,
    systemName: "_ZN6server4Loop3runE", file: "/src/loop.cpp", startLine: 40, line: 57)
  let parse = builder.frame(
    "server::parse(std::string_view)", in: server, at: 0x1800, file: "/src/parse.cpp",
    startLine: 8, line: 21)
  let token = builder.frame(
    "next_token", in: server, at: 0x1800, file: "/src/token.h", startLine: 3, line: 5,
    isInlined: true)
  let isBlank = builder.frame(
    "is_blank", in: server, at: 0x1800, file: "/src/token.h", startLine: 1, line: 1,
    isInlined: true)
  let plugin = builder.frame(
    "libstripped.so.1+0x1a30", in: stripped, at: 0x1a30, naming: .moduleOnly)
  let write = builder.frame("__write", in: libc, at: 0x1050)
  let systemCall = builder.frame("entry_SYSCALL_64", in: kernel, at: 0)
  let vfsWrite = builder.frame("vfs_write", in: kernel, at: 0)
  let filter = builder.frame("nft_do_chain", in: netfilter, at: 0)
  let compiled = builder.frame("//anon+0x40", in: jit, at: 0x40, naming: .moduleOnly)
  let lost = builder.frame("[unknown]", in: nowhere, at: 0, naming: .unknown)

  builder.sample("server", [start, main, loop, parse], count: 310)
  builder.sample("server", [start, main, loop, parse, token, isBlank], count: 190)
  builder.sample("server", [start, main, loop, plugin], count: 120)
  builder.sample(
    "server", [start, main, loop, write, systemCall, vfsWrite, filter], count: 95)
  builder.sample("server", tid: 43, [start, main, loop, parse], count: 35)
  builder.sample("io worker 1", tid: 44, [compiled, lost], truncation: .noCFI, count: 120)
  builder.sample("io worker 1", tid: 44, [], truncation: .noMapping, count: 30)
  builder.sample("kswapd0", pid: 7, [systemCall, vfsWrite], count: 100)
  builder.lose(8, .mapFull)
  return builder.profile
}

/// A stripped program, 60 samples: a function without a name at three addresses, a second one, and an
/// address that no function is known to hold, which is also that at which the first begins.
///
/// - Parameter shift: Moves the addresses within their functions.
package func strippedProfile(shift: UInt64 = 0) -> Profile {
  var builder = ProfileBuilder()
  let program = builder.module("/usr/lib/gcc/cc1plus", buildID: [7, 7])
  let main = builder.frame(
    "cc1plus+0x1200()", in: program, at: 0x1210 + shift, naming: .moduleOnly)
  let bare = builder.frame("cc1plus+0x8a1f30", in: program, at: 0x8a1f30, naming: .moduleOnly)
  for (offset, count) in [(0, 10), (2, 20), (0x1b4, 25)] as [(UInt64, UInt64)] {
    let leaf = builder.frame(
      "cc1plus+0x8a1f30()", in: program, at: 0x8a1f30 + offset + shift, naming: .moduleOnly)
    builder.sample("cc1plus", [main, leaf], count: count)
  }
  builder.sample("cc1plus", [main, bare], count: 5)
  return builder.profile
}

/// The server in a cgroup, each of its samples on one of two CPUs; the kernel's thread is in none.
package func splitServerProfile() -> Profile {
  var profile = serverProfile()
  for index in profile.samples.indices.dropLast() {
    profile.samples[index].group = SampleGroup(cpu: Int32(index % 2), cgroup: "/a;b")
  }
  return profile
}

/// The server over ten seconds: it parses, then calls the plugin, then writes, beside its workers. 30
/// samples of a worker have no time.
package func timedServerProfile() -> Profile {
  var profile = serverProfile()
  profile.session.duration = 10_000_000_000
  // Microseconds: the first sample of each kind, and from one to the next.
  let rhythm: [(first: UInt64, step: UInt64)?] = [
    (0, 10_100), (3_200_000, 10_100), (5_200_000, 10_100), (6_500_000, 10_100), (0, 50_000),
    (2_000_000, 60_000), nil, (8_000_000, 10_100),
  ]
  for (index, rhythm) in rhythm.enumerated() {
    guard let rhythm else { continue }
    profile.samples[index].times = (0..<profile.count(of: profile.samples[index])).map {
      1000 * (rhythm.first + $0 * rhythm.step)
    }
  }
  return profile
}

/// The server after a change, 2,000 samples: its parser is cheaper and has no `is_blank` any more, a
/// cache is new, writing costs what it did.
package func changedServerProfile() -> Profile {
  var builder = ProfileBuilder()
  let libc = builder.module("/usr/lib/x86_64-linux-gnu/libc.so.6", buildID: [0xc0, 0xff, 0xee])
  let server = builder.module("/opt/server/bin/server", buildID: [0xfe, 0xed])
  let kernel = builder.module("[kernel.kallsyms]", .kernel)
  let netfilter = builder.module("[nf_tables]", .kernelModule)
  let start = builder.frame("__libc_start_main", in: libc)
  let main = builder.frame("main", in: server, file: "/src/server.cpp", startLine: 10)
  let loop = builder.frame(
    "server::Loop::run(std::chrono::milliseconds)", in: server, file: "/src/loop.cpp",
    startLine: 40)
  let parse = builder.frame(
    "server::parse(std::string_view)", in: server, file: "/src/parse.cpp", startLine: 8)
  let cache = builder.frame("cache_lookup", in: server)
  let write = builder.frame("__write", in: libc)
  let systemCall = builder.frame("entry_SYSCALL_64", in: kernel)
  let vfsWrite = builder.frame("vfs_write", in: kernel)
  let filter = builder.frame("nft_do_chain", in: netfilter)
  builder.sample("server", [start, main, loop, parse], count: 240)
  builder.sample("server", [start, main, loop, cache], count: 1160)
  builder.sample("server", [start, main, loop, write, systemCall, vfsWrite, filter], count: 196)
  builder.sample("server", [start, main, loop], count: 194)
  builder.sample("kswapd0", pid: 7, [systemCall, vfsWrite], count: 210)
  return builder.profile
}

/// Names that steer terminals, break markup, part frames, turn reading round, or are huge.
package func hostileProfile() -> Profile {
  var builder = ProfileBuilder(
    target: "PID 1 (<script>alert(1)</script>)", host: "ho\u{202e}st\u{1b}[31m\"'&")
  let names = hostileNames
  let modules = names.prefix(6).map { "/tmp/\($0)" }.map { builder.module($0) }
  for (index, name) in names.enumerated() {
    let frames = [
      builder.frame("main", in: modules[0]),
      builder.frame(name, in: modules[index % modules.count], file: name, startLine: 3),
      builder.frame("leaf", in: modules[0]),
    ]
    builder.sample(name, pid: Int32(index + 1), frames, count: UInt64(100 + index))
  }
  return builder.profile
}

package let hostileNames: [String] = [
  "<script>alert(1)</script>",
  "\"><img src=x onerror=alert(2)>",
  "]]><script>alert(3)</script>",
  "'; window.hostile = 1; //",
  "&amp;&lt;&#0;",
  "\u{0}\u{1}\u{1b}[2Jescape\u{7f}\u{9b}31m",
  "tab\tnew\nline\r\nreturn",
  "\u{202e}detrever\u{2066}\u{200f}\u{feff}\u{2028}",
  // The compiler refuses these as escapes.
  String(
    String.UnicodeScalarView([0xfffe, 0xffff, 0xfdd0, 0x10ffff].compactMap(Unicode.Scalar.init))),
  String(decoding: [0x66, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x6f] as [UInt8], as: UTF8.self),
  "semi;colon;operator()",
  "worker thread 12 5",
  "version 1.5",
  "日本語の関数名がここにある👩‍👩‍👧‍👦🇩🇪",
  "Z" + String(repeating: "\u{0301}", count: 5000),
  "",
  String(repeating: "megabyte<&>", count: 95_326),
]

/// A stack as deep as the unwinder may go, with the root cut off.
package func deepProfile(depth: Int) -> Profile {
  var builder = ProfileBuilder()
  let program = builder.module("/usr/bin/recursive")
  let path = (0..<depth).map {
    builder.frame("descend_\($0 % 3)", in: program, at: 0x1000 + UInt64($0))
  }
  builder.sample("recursive", path, truncation: .depth, count: 500)
  return builder.profile
}
