// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import ProfileModel
import System
import TestSupport
import Testing

@testable import Symbolization

private func at(_ address: UInt64, _ first: UInt64, _ last: UInt64) -> TimedAddress {
  TimedAddress(address: address, first: first, last: last)
}

@Suite struct PerfMapTests {
  func map(_ text: String) -> PerfMap { PerfMap(Array(text.utf8)) }

  @Test func linesAsCompilersWriteThem() {
    let map = map("1000 20 plain\n0x2000 0x10 with blanks.js:1:2\n3000 8 dos\r\nABC0 8 capitals\n")
    #expect(map.function(at: 0x1000)?.name == "plain")
    #expect(map.function(at: 0x101f)?.name == "plain")
    #expect(map.function(at: 0x1020)?.name == nil)
    #expect(map.function(at: 0xfff)?.name == nil)
    #expect(map.function(at: 0x200f)?.name == "with blanks.js:1:2")
    #expect(map.function(at: 0x3000)?.name == "dos")
    #expect(map.function(at: 0xabc7)?.name == "capitals")
  }

  @Test func laterLinesWin() {
    let map = map(
      "1000 100 old\n1000 100 new\n2000 100 outer\n2040 10 inner\n3040 10 a\n3000 100 b\n")
    #expect(map.function(at: 0x1050)?.name == "new")
    #expect(map.function(at: 0x2048)?.name == "inner")
    #expect(map.function(at: 0x2050)?.name == "outer")
    #expect(map.function(at: 0x3048)?.name == "b")
  }

  @Test func aLineWithoutItsEndIsIgnored() {
    #expect(map("1000 20 torn").function(at: 0x1000) == nil)
    #expect(map("1000 20 whole\n2000 20 torn").function(at: 0x2000) == nil)
  }

  @Test(arguments: [
    "", "\n\n", "1000\n", "1000 20\n", "1000 20 \n", "zz 20 x\n", "1000 zz x\n", "1000 0 empty\n",
    "ffffffffffffffff 2 wraps\n", "11111111111111111 2 toolong\n", "-1 2 x\n", "1000  \n",
    "1000 20 " + String(repeating: "x", count: 5000) + "\n",
  ])
  func invalidLines(text: String) {
    #expect(map(text).function(at: 0x1000) == nil)
    // Later lines are read.
    #expect(map(text + "\n5000 8 good\n").function(at: 0x5000)?.name == "good")
  }
}

@Suite struct JITDumpTests {
  /// Writes a jitdump in the layout of V8's.
  struct Writer {
    var bytes: [UInt8] = []

    mutating func number<Number: FixedWidthInteger>(_ number: Number) {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    init(machine: UInt32 = 62, flags: UInt64 = 0) {
      for word: UInt32 in [0x4a69_5444, 1, 40, machine, 0, 7] { number(word) }
      number(UInt64(1))
      number(flags)
    }

    mutating func record(_ kind: UInt32, at time: UInt64, _ fill: (inout Writer) -> Void) {
      let start = bytes.count
      number(kind)
      number(UInt32(0))
      number(time)
      fill(&self)
      let size = UInt32(bytes.count - start)
      withUnsafeBytes(of: size.littleEndian) {
        bytes.replaceSubrange(start + 4..<start + 8, with: $0)
      }
    }

    mutating func load(
      _ name: String, _ address: UInt64, _ size: UInt64, index: UInt64, at time: UInt64
    ) {
      record(0, at: time) { writer in
        writer.number(UInt64(7))
        for word in [address, address, size, index] { writer.number(word) }
        writer.bytes += Array(name.utf8) + [0, 0x90, 0x90, 0x90]
      }
    }

    var dump: JITDump? { JITDump(BytesInMemory(bytes)) }
  }

  @Test func codeHasItsNameWhileItExists() throws {
    var writer = Writer()
    writer.load("first", 0x1000, 0x100, index: 1, at: 10)
    writer.load("second", 0x1080, 0x100, index: 2, at: 20)
    let dump = try #require(writer.dump)
    #expect(dump.function(at: at(0x1010, 12, 19))?.name == "first")
    #expect(dump.function(at: at(0x1090, 20, 99))?.name == "second")
    // Before the code existed, and when its addresses were used again within the span: no name.
    #expect(dump.function(at: at(0x1010, 9, 12)) == nil)
    #expect(dump.function(at: at(0x1090, 12, 25)) == nil)
    #expect(dump.function(at: at(0x1180, 30, 30)) == nil)
  }

  @Test func codeThatMoved() throws {
    var writer = Writer()
    writer.load("mover", 0x1000, 0x100, index: 5, at: 10)
    writer.record(1, at: 20) { writer in
      writer.number(UInt64(7))
      for word: UInt64 in [0x5000, 0x1000, 0x5000, 0x100, 5] { writer.number(word) }
    }
    let dump = try #require(writer.dump)
    #expect(dump.function(at: at(0x1010, 11, 12))?.name == "mover")
    #expect(dump.function(at: at(0x1010, 21, 22)) == nil)
    #expect(dump.function(at: at(0x5010, 21, 22))?.name == "mover")
  }

  @Test func linesComeBeforeTheirCode() throws {
    var writer = Writer()
    writer.record(2, at: 5) { writer in
      writer.number(UInt64(0x1000))
      writer.number(UInt64(2))
      for (address, line, name) in [(0x1000, 3, "a.js"), (0x1020, 4, "\u{ff}")] {
        writer.number(UInt64(address))
        writer.number(UInt32(line))
        writer.number(UInt32(0))
        writer.bytes += (name == "\u{ff}" ? [0xff] : Array(name.utf8)) + [0]
      }
    }
    writer.load("f", 0x1000, 0x100, index: 1, at: 10)
    let dump = try #require(writer.dump)
    let first = try #require(dump.function(at: at(0x1004, 11, 11)))
    #expect((first.file, first.line) == ("a.js", 3))
    let second = try #require(dump.function(at: at(0x1020, 11, 11)))
    #expect((second.file, second.line) == ("a.js", 4))
  }

  @Test func otherFilesAreRefused() {
    #expect(JITDump(BytesInMemory([])) == nil)
    #expect(Writer(machine: 183).dump == nil)
    #expect(Writer(flags: 1).dump == nil)
    var writer = Writer()
    writer.load("f", 0x1000, 0x100, index: 1, at: 10)
    for length in 0..<writer.bytes.count {
      _ = JITDump(BytesInMemory(Array(writer.bytes.prefix(length))))?
        .function(at: at(0x1000, 11, 11))
    }
  }
}

/// Which perf maps are read. All tests use the map of this process, hence one after the other.
@Suite(.serialized) final class JITFilesTests {
  let pid = getpid()
  var path: String { "/tmp/perf-\(pid).map" }

  deinit { unlink(path) }

  func name() -> String? {
    let process = RecordedProcess(pid: pid, startTime: 0, comm: "test")
    let map = try? JITFiles.find(of: process)?.openPerfMap()
    return map.flatMap { PerfMap($0) }?.function(at: 0x1000)?.name
  }

  func write() throws { try "1000 10 f\n".write(toFile: path, atomically: false, encoding: .utf8) }

  @Test func theProcessesOwnIsRead() throws {
    #expect(name() == nil)
    try write()
    #expect(name() == "f")
  }

  @Test func linksAreRefused() throws {
    let folder = try TemporaryFolder()
    let elsewhere = try folder.file("map", "1000 10 f\n")
    symlink(elsewhere, path)
    #expect(name() == nil)
    unlink(path)
    try write()
    link(path, "\(path).other")
    #expect(name() == nil)
    unlink("\(path).other")
    #expect(name() == "f")
  }

  @Test func aFIFOIsRefused() {
    mkfifo(path, 0o600)
    #expect(name() == nil)
  }

  @Test(.enabled(if: getuid() == 0, "changing an owner needs root"))
  func filesOfOtherUsersAreRefused() throws {
    try write()
    chown(path, 12345, 12345)
    #expect(name() == nil)
  }

  /// Of root's files only those that the process's user could read himself.
  @Test(
    .enabled(if: getuid() == 0, "a process of another user needs root"),
    arguments: [(0o600, false), (0o640, false), (0o604, false), (0o644, true)]
      as [(mode_t, Bool)])
  func filesOfRootForAProcessOfAnotherUser(mode: mode_t, isRead: Bool) async throws {
    let program = try ChildProcess(
      "setpriv", ["--reuid=12345", "--regid=12345", "--clear-groups", "sleep", "600"])
    let path = "/tmp/perf-\(program.pid).map"
    defer {
      unlink(path)
      program.send(SIGKILL)
      _ = program.waitBlocking()
    }
    _ = try await eventually("it runs as another user") {
      ProcessIdentity(pid: program.pid).flatMap { $0.user == 12345 ? $0 : nil }
    }
    try "1000 10 f\n".write(toFile: path, atomically: false, encoding: .utf8)
    #expect(chmod(path, mode) == 0)
    let files = try #require(
      JITFiles.find(of: RecordedProcess(pid: program.pid, startTime: 0, comm: "sleep")))
    #expect(((try? files.openPerfMap()) != nil) == isRead)
    // His own is read by root alone, too.
    #expect(chown(path, 12345, 12345) == 0 && chmod(path, 0o600) == 0)
    #expect((try? files.openPerfMap()) != nil)
  }

  @Test func filesOfAnEarlierProcessAreRefused() throws {
    try write()
    var times = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
    utimes(path, &times)
    let ticks = try ticksSinceBoot()
    let process = RecordedProcess(
      pid: pid, startTime: ticks * 10_000_000, comm: "test")
    #expect(throws: AbsenceReason.identityDiffers) {
      try JITFiles.find(of: process)?.openPerfMap()
    }
  }

  @Test func filesThatAreTooLargeAreRefused() throws {
    try write()
    truncate(path, 5 << 30)
    #expect(name() == nil)
  }

  func ticksSinceBoot(of pid: pid_t = getpid()) throws -> UInt64 {
    let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    return try #require(stat.split(separator: " ").dropFirst(21).first.flatMap { UInt64($0) })
  }

  /// Three samples in generated code of this process.
  ///
  /// - Parameter pause: called where the map is read again.
  func profile(pause: @escaping () -> Void = {}) throws -> Profile {
    let recording = Recording(
      session: testSession,
      processes: [
        RecordedProcess(
          pid: pid, startTime: try ticksSinceBoot() * 10_000_000, comm: "test",
          mappings: [Mapping(start: 0x1000, end: 0x2000, fileOffset: 0, object: 0)])
      ],
      objects: [MappedObject(path: "//anon", kind: .anonymous)],
      stacks: [RawStack(addresses: [0x1004, 0x1010, 0x1800])],
      samples: [
        RecordedSample(
          process: 0, threadID: 7, comm: "test", kernelStack: nil, userStack: 0, values: [3])
      ])
    let options = Symbolizer.Options()
    let modules = ModuleSymbolizer(debugFiles: DebugFiles(options), options: options)
    var symbolizer = Symbolizer(
      options: options,
      namers: [JITNamer(symbolizer: modules, pause: pause), UnmappedNamer()])
    return symbolizer.profile(of: recording, objects: HeldObjects(limit: 1))
  }

  /// A map that is empty, since its process is rewriting it, is read again until it is not.
  @Test func aMapThatIsBeingRewritten() throws {
    try "".write(toFile: path, atomically: false, encoding: .utf8)
    var pauses = 0
    let profile = try profile {
      pauses += 1
      if pauses == 3 { try? self.write() }
    }
    #expect(pauses == 3)
    #expect(profile.functions.contains { $0.name == "f" })
  }

  @Test func aMapThatStaysEmptyIsGivenUp() throws {
    try "".write(toFile: path, atomically: false, encoding: .utf8)
    var pauses = 0
    let profile = try profile { pauses += 1 }
    #expect(pauses == JITNamer.mostReadings)
    #expect(profile.functions.map(\.name) == ["[anonymous]"])
    #expect(profile.modules.flatMap(\.limits) == [.codeUntold])
  }

  /// A compiler writes its map, or removes it, when its program ends.
  @Test(arguments: [true, false]) func filesOfAProcessThatEnds(mapIsRemoved: Bool) throws {
    let program = try ChildProcess("sleep", ["600"])
    let path = "/tmp/perf-\(program.pid).map"
    defer { unlink(path) }
    func write(_ name: String) throws {
      try "1000 10 \(name)\n".write(toFile: path, atomically: false, encoding: .utf8)
    }
    let process = RecordedProcess(
      pid: program.pid, startTime: try ticksSinceBoot(of: program.pid) * 10_000_000, comm: "sleep")
    if mapIsRemoved { try write("removed") }
    let files = try #require(JITFiles.hold(of: process))
    #expect(files.clockOffset == 0)
    program.send(SIGKILL)
    _ = program.waitBlocking()
    unlink(path)
    if !mapIsRemoved { try write("late") }
    let map = try #require(PerfMap(try files.openPerfMap()))
    #expect(map.function(at: 0x1000)?.name == (mapIsRemoved ? "removed" : "late"))
    #expect(JITFiles.hold(of: process) == nil)
  }

  /// From the address of a sample to a frame.
  @Test func framesOfTheProfile() throws {
    try write()
    let profile = try profile()
    let frames = profile.stacks[profile.samples[0].stack].frames.map { profile.frames[$0] }
    // The second is a return address, on the last byte of the function.
    #expect(frames.map { profile.functions[$0.function].name } == ["f", "f", "[anonymous]"])
    #expect(frames.map { profile.kind(of: $0) } == [.anonymous, .anonymous, .anonymous])
    #expect(frames.allSatisfy { $0.address == 0 })
    #expect(profile.account.frames.named == 6)
    #expect(profile.account.frames.moduleOnly == 3)
  }
}
