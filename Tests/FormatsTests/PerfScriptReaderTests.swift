// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct PerfScriptReaderTests {
  private func read(_ text: String) -> (Profile, ReadingAccount) {
    var collector = ProfileCollector(serverProfile().session)
    var reader = PerfScriptReader()
    try? reader.read(Array(text.utf8), into: &collector)
    try? reader.finish(into: &collector)
    return (collector.finish(), reader.account)
  }

  /// All forms that have been seen in the wild, and names that tempt a reader.
  @Test(arguments: [
    ("perl  1960 14076.293344:    1001001 cpu-clock: ", "perl", -1, 1960),
    ("perl 42/43 [001] 14076.293344:    1001001 cpu-clock:", "perl", 42, 43),
    ("perl 42/43 14076.293344: cycles:ppp:", "perl", 42, 43),
    ("tokio runtime 7 12/34 [000] 1.000001: 1 cycles:", "tokio runtime 7", 12, 34),
    ("kworker/0:1-eve   123 [000] 1.5: 1 cycles:", "kworker/0:1-eve", -1, 123),
    ("swapper     0 [000] 1.5: 1 cycles:", "swapper", -1, 0),
    (":-1    -1 [000] 1.5: 1 cycles:", ":-1", -1, -1),
    (":1234  1234/1235 [000] 1.5: 1 cycles:", ":1234", 1234, 1235),
    ("[weird] 1 (2) 3 77 [002] 10.25:  99 cpu-clock:u:", "[weird] 1 (2) 3", -1, 77),
  ])
  func headers(line: String, comm: String, pid: Int32, tid: Int32) {
    let (profile, account) = read(line + "\n\t  1234 f+0x1 (/bin/p)\n\n")
    #expect(
      account
        == {
          var one = ReadingAccount(); one.good = 1; return one
        }())
    #expect(profile.samples.first?.comm == comm)
    #expect(profile.samples.first?.threadID == tid)
    #expect(profile.processes.first?.pid == pid)
  }

  @Test(arguments: [
    ("f+0x1 (/bin/p)", "f", "/bin/p", FrameKind.user),
    (
      "std::map<int, (anonymous namespace)::T>::at(int const&)+0x12f (/usr/lib/a b.so)",
      "std::map<int, (anonymous namespace)::T>::at(int const&)", "/usr/lib/a b.so", .user
    ),
    ("main (/x/y (deleted))", "main", "/x/y", .user),
    ("do_syscall_64+0x71 ([kernel.kallsyms])", "do_syscall_64", "[kernel.kallsyms]", .kernel),
    ("nft_do_chain+0x1 ([nf_tables])", "nft_do_chain", "[nf_tables]", .kernel),
    ("ext4_read+0x1 (/lib/modules/6.1/ext4.ko)", "ext4_read", "/lib/modules/6.1/ext4.ko", .kernel),
    ("[unknown] (/usr/lib/libnosym.so.1)", "[libnosym.so.1]", "/usr/lib/libnosym.so.1", .user),
    ("[unknown] ([unknown])", "[unknown]", "", .unknown),
    ("push_back (inlined)", "push_back", "", .inlined),
    ("LFoo;::bar+0x10 (/tmp/perf-123.map)", "LFoo;::bar", "/tmp/perf-123.map", .anonymous),
    (
      "operator new(unsigned long)+0x1 (/lib/c.so)", "operator new(unsigned long)", "/lib/c.so",
      .user
    ),
    ("py::f:/a b/c.py+0x8 (/tmp/perf-1.map)", "py::f:/a b/c.py", "/tmp/perf-1.map", .anonymous),
  ])
  func frames(text: String, name: String, module: String, kind: FrameKind) throws {
    let (profile, _) = read("p 1/1 1.5: 1 cycles:\n\tffffffff81000000 \(text)\n\n")
    let frame = try #require(profile.frames.first)
    #expect(profile.functions[frame.function].name == name)
    #expect(profile.modules[frame.module].path == module)
    #expect(profile.kind(of: frame) == kind)
  }

  /// Any user can name a file like one of the kernel's.
  @Test(arguments: ["/tmp/x.ko", "/tmp/vmlinux", "vmlinux"])
  func filesNamedLikeTheKernel(module: String) throws {
    let (profile, _) = read(
      """
      p 1/1 1.5: 1 cycles:
      \t    55d0c0de1234 f+0x1 (\(module))
      \tffffffffc0de1234 f+0x1 (\(module))

      """)
    #expect(
      profile.frames.map { profile.kind(of: $0) }.sorted { "\($0)" < "\($1)" } == [.kernel, .user])
  }

  /// inferno lost these: samples without frames, and those of tasks that have ended.
  @Test func everySampleCounts() {
    let (profile, account) = read(
      """
      # ========
      # captured on: x
      a 1/1 1.5: 1 cycles:
      \t 12 f+0x1 (/bin/p)
      \t 13 main+0x1 (/bin/p)

      a 1/1 2.5: 1 cycles:

      :-1 -1/-1 3.5: 1 cycles:
      \t 12 f+0x1 (/bin/p)
      b 2/2 3.5: 1 cycles:
      \t 12 g+0x1 (/bin/p)
      this is not a line of perf
      """)
    #expect(profile.pathCounts == ["a → main → f": 1, "a": 1, ":-1 → f": 1, "b → g": 1])
    #expect((account.good, account.bad, account.firstBad) == (4, 1, 13))
  }
}
