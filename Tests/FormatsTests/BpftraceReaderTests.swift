// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct BpftraceReaderTests {
  /// Two stacks and a name, as bpftrace prints them.
  private let text = """
    Attaching 1 probe...


    @[
        vfs_write+17
        do_syscall_64+96
        entry_SYSCALL_64_after_hwframe+118
    ,\u{20}
        __write+20
        std::map<int, char>::at(int const&) const+12
        0x7f338ee7be55
        main+31
    , cat]: 42
    @[
        idle+3
    ,\u{20}
    , swapper/0]: 7

    """

  private func read(_ text: String, pieces: Int = .max) throws -> ReadProfile {
    try ReadProfile(Array(text.utf8), pieces: pieces, readers: [BpftraceReader.self])
  }

  @Test func stacksAreRead() throws {
    for pieces in [1, 3, 50, .max] {
      let read = try ReadProfile(Array(text.utf8), pieces: pieces)
      #expect(
        read.profile.pathCounts == [
          "cat → main → [unknown] → std::map<int, char>::at(int const&) const → __write "
            + "→ entry_SYSCALL_64_after_hwframe → do_syscall_64 → vfs_write": 42,
          "swapper/0 → idle": 7,
        ])
      #expect((read.account.good, read.account.bad) == (2, 0))
      #expect(Set(read.profile.samples.map(\.comm)) == ["cat", "swapper/0"])
    }
  }

  /// The first of several stacks is the kernel's; a function of the same name can be in both.
  @Test func kindsFollowFromTheKey() throws {
    let profile = try read("@[\n    f+1\n    g\n, \n    f+2\n]: 1\n@[\n    f+3\n]: 1\n").profile
    let kinds = profile.stacks.map { stack in
      stack.frames.map { profile.kind(of: profile.frames[$0]) }
    }
    #expect(kinds == [[.kernel, .kernel, .user], [.user]])
    let empty = try read("@[\n, \n    f+1\n]: 1\n@[, \n    f+1\n, , cat]: 2\n").profile
    #expect(empty.frames.map { empty.kind(of: $0) } == [.user])
    #expect(empty.totalCount == 3)
  }

  @Test(arguments: [
    ("@[\n    main+1\n]: 3", ["main": 3]),
    ("@[\r\n    main+1\r\n]: 3\r\n", ["main": 3]),
    ("@[\n\n    main+1\n\n]: 3\n", ["main": 3]),
    ("@[\n]: 3\n@[]: 2\n@[, swapper/0]: 4\n", ["": 5, "swapper/0": 4]),
    ("@[cat, \n    main+1\n, 12]: 3\n", ["cat, 12 → main": 3]),
    ("@[\n    main+1\n,\n, cat]: 3\n", ["cat → main": 3]),
    ("@reads[\n    main+1\n]: 3\n@[\n    main\n]: 2\n", ["@reads → main": 3, "main": 2]),
    ("@[\n    operator++5\n    +5\n    f+\n]: 1\n", ["f+ → +5 → operator+": 1]),
    ("@[\n    main+1\n]: 0\n@[\n    f\n]: 1\n", ["f": 1]),
    ("@[\n\tffffffff8123abcd vfs_read+12 ([kernel.kallsyms])\n]: 1\n", ["vfs_read": 1]),
    ("@[\n    ffffffff8123abcd\n    0x12\n    0xg\n]: 1\n", ["0xg → [unknown] → [unknown]": 1]),
    ("@[\n    f\n, a]: 3]: 4\n", ["a]: 3 → f": 4]),
  ])
  func entries(text: String, expected: [String: UInt64]) throws {
    for pieces in [1, 2, 7, .max] {
      let read = try ReadProfile(Array(text.utf8), pieces: pieces)
      #expect(read.profile.pathCounts == expected)
      #expect(read.account.bad == 0)
    }
  }

  @Test func partsOfTheKeyAreTheThread() throws {
    let profile = try read("@[cat, \n    main+1\n, 12, 3]: 1\n@[\n    f\n]: 1\n").profile
    #expect(profile.samples.map(\.comm) == ["cat, 12, 3", ""])
  }

  /// What is no entry with stacks is counted, and spoils no other entry.
  @Test(arguments: [
    "@total: 5\n", "@[cat]: 5\n", "@start[12]: 5\n", "tracing for a while\n", "]: 5\n", "    f\n",
    "@[\n    f\n", "@[\n    f\n]: \n", "@[\n    f\n]: -5\n", "@[\n    f\n]: count 3, total 9x\n",
    "@[\n    f\nnothing\n", "@[\n    f\n, cat\n", "@[\u{1b}\n",
  ])
  func otherLinesAreBad(text: String) throws {
    let read = try read("@[\n    main\n]: 1\n" + text + "@[\n    main\n]: 2\n")
    #expect(read.profile.pathCounts == ["main": 3])
    #expect((read.account.good, read.account.bad, read.account.firstBad) == (2, 1, 4))
  }

  @Test func otherFormatsAreNotRecognized() {
    for text in [
      "a;@[ 3\n@[\n", "@[;f 3\n", "p 1/2 3.000000: 1 cycles:\n\t1 @[ (x)\n@[\n", "@total: 5\n",
      "@[cat]: 5\n", "{\"@[\": 1}\n", "\u{0}@[\n",
    ] {
      #expect(!BpftraceReader.recognizes(Array(text.utf8)), "\(text)")
    }
  }

  @Test func hugeCountsAndStacks() throws {
    let huge = String(repeating: "@[\n    f\n]: 99999999999999999999999\n", count: 9)
    #expect(try read(huge).profile.totalCount == 1 << 62)
    let deep = "@[\n" + String(repeating: "    f+1\n", count: 100_000) + "]: 2\n"
    #expect(try read(deep).profile.stacks.map(\.frames.count) == [100_000])
    let name = String(repeating: "x", count: 1_000_000)
    #expect(try read("@[\n    \(name)\n, \(name)]: 2\n", pieces: 65_536).profile.totalCount == 2)
  }
}
