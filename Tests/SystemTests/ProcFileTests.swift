// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import System

@Suite struct ProcFileTests {
  @Test func filesOfUnknownSizeAreReadWhole() throws {
    // kallsyms is far larger than one read returns, and says that its size is 0.
    let bytes = try #require(ProcFile.read("/proc/kallsyms"))
    #expect(bytes.count > 1_000_000)
    #expect(bytes.last == UInt8(ascii: "\n"))
    #expect(ProcFile.read("/proc/self/no-such-file") == nil)
  }

  @Test func ownProcessIsListed() {
    #expect(ProcFile.processIDs().contains(getpid()))
  }

  @Test func statusOfANastyName() throws {
    let fields = (3...52).map {
      $0 == 22 ? "777" : $0 == 4 ? "12" : $0 == 3 ? "Z" : $0 == 20 ? "3" : "0"
    }
    let line = "42 (a) b (c) ) \(fields.joined(separator: " "))\n"
    let status = try #require(ProcessStatus(parsing: Array(line.utf8)))
    #expect(status.comm == "a) b (c) ")
    #expect(status.threadHasEnded)
    #expect(status.parent == 12)
    #expect(status.threadCount == 3)
    #expect(status.startTicks == 777)
  }

  @Test(
    arguments: [
      ("monotonic        100         7\nboottime    0 0\n", 100_000_000_007),
      ("boottime 5 5\nmonotonic -2 500000000\n", -1_500_000_000), ("monotonic 0 0\n", 0),
      ("monotonic 10000000000000 0\n", nil), ("monotonic 1 -1\n", nil), ("", nil),
      ("monotonic\n", nil),
    ] as [(String, Int64?)])
  func offsetsOfClocks(text: String, offset: Int64?) {
    #expect(TimeNamespace.monotonicOffset(parsing: Array(text.utf8)) == offset)
  }

  @Test func ownClockIsTheMachines() {
    #expect(TimeNamespace.monotonicOffset(ofThread: getpid()) == 0)
    #expect(TimeNamespace.monotonicOffset(ofThread: 4_100_001) == nil)
  }

  /// A process is a zombie only without other threads.
  @Test(arguments: [("Z", 1, true), ("Z", 2, false), ("S", 1, false), ("X", 0, true)])
  func zombies(state: String, threads: Int, isZombie: Bool) throws {
    let fields = (3...52).map { $0 == 3 ? state : $0 == 20 ? "\(threads)" : "1" }
    let line = "42 (p) \(fields.joined(separator: " "))\n"
    #expect(try #require(ProcessStatus(parsing: Array(line.utf8))).isZombie == isZombie)
  }

  @Test func threadsBeginWithTheMainThread() async throws {
    let threads = Array(ProcessThreads(of: getpid()))
    #expect(threads.first == getpid())
    #expect(threads.filter { $0 == getpid() }.count == 1)
    // One that runs this test is among them.
    #expect(threads.count > 1)
    #expect(ProcessThreads.living(of: getpid()) == getpid())
    #expect(ProcessThreads.living(of: 4_100_001) == 4_100_001)
    #expect(ProcessStatus(thread: getpid(), of: getpid())?.threadHasEnded == false)
    #expect(Array(ProcessThreads(of: 4_100_001)) == [4_100_001])
  }

  @Test(arguments: ["", "42", "42 (x", "42 (x) ", "42 (x) S 1", ") 42 ("])
  func statusThatIsNone(_ text: String) {
    #expect(ProcessStatus(parsing: Array(text.utf8)) == nil)
  }

  @Test func mapsLines() {
    let text = """
      55d0c0000000-55d0c0002000 r--p 00000000 fe:01 1234 /usr/bin/a program
      55d0c0002000-55d0c0004000 r-xp 00002000 fe:01 1234                       /usr/bin/a program
      7f0000000000-7f0000001000 rwxp 00000000 00:00 0 
      7f0000001000-7f0000002000 r-xp 00000000 00:01 9      /memfd:jit\\012x (deleted)
      7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0                          [vdso]
      ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
      """
    let lines = ProcessMaps.executable(parsing: Array(text.utf8))
    #expect(
      lines.map(\.path) == [
        "/usr/bin/a program", "", "/memfd:jit\nx (deleted)", "[vdso]", "[vsyscall]",
      ])
    #expect(
      lines.first
        == MapsLine(
          start: 0x55d0_c000_2000, end: 0x55d0_c000_4000, fileOffset: 0x2000, deviceMajor: 0xfe,
          deviceMinor: 1, inode: 1234, path: "/usr/bin/a program"))
  }

  @Test(arguments: [
    "x", "1-2", "1-2 r-xp", "2-1 r-xp 0 0:0 0 /x", "g-h r-xp 0 0:0 0", "1-2 r-x 0 0:0 0",
  ])
  func mapsLinesThatAreNone(_ text: String) {
    #expect(ProcessMaps.executable(parsing: Array(text.utf8)).isEmpty)
  }
}
