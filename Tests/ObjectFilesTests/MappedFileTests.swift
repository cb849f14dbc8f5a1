// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import ProfileModel
import System
import TestSupport
import Testing

@testable import ObjectFiles

/// A program that runs until its owner goes, with the mapping of its code.
final class RunningProgram {
  let process = Process()
  let path: String
  private(set) var start: UInt64 = 0
  private(set) var end: UInt64 = 0
  /// When it had started, in monotonic nanoseconds.
  private(set) var startedAt: UInt64 = 0
  private(set) var identity = FileIdentity(buildID: nil, deviceMajor: 0, deviceMinor: 0, inode: 0)

  init(_ path: String) throws {
    self.path = path
    process.executableURL = URL(filePath: path)
    let ready = Pipe()
    process.standardOutput = ready
    process.standardInput = Pipe()
    try process.run()
    // The program says when it runs: from then on its mappings are there.
    _ = try ready.fileHandleForReading.read(upToCount: 1)
    startedAt = monotonicNanoseconds()
    let maps = try String(
      contentsOfFile: "/proc/\(process.processIdentifier)/maps", encoding: .utf8)
    for line in maps.split(separator: "\n") where line.hasSuffix(path) && line.contains("r-xp") {
      let fields = line.split(separator: " ")
      let bounds = fields[0].split(separator: "-")
      let device = fields[3].split(separator: ":")
      start = UInt64(bounds[0], radix: 16) ?? 0
      end = UInt64(bounds[1], radix: 16) ?? 0
      identity = FileIdentity(
        buildID: nil, deviceMajor: UInt32(device[0], radix: 16) ?? 0,
        deviceMinor: UInt32(device[1], radix: 16) ?? 0, inode: UInt64(fields[4]) ?? 0)
    }
    guard start != 0 else { throw ToolFailure(text: "no mapping of \(path) in:\n\(maps)") }
  }

  var pid: Int32 { process.processIdentifier }

  func stop() {
    // Not SIGTERM, which the test runner's threads block, and children inherit that.
    kill(pid, SIGKILL)
    process.waitUntilExit()
  }

  deinit { stop() }
}

@Suite struct MappedFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = "\(folder.path)/program"
    try Self.build(path, folder, answer: 1)
  }

  static func build(
    _ path: String, _ folder: TemporaryFolder, answer: Int
  ) throws {
    let source = try folder.file(
      "program.c",
      """
      #include <unistd.h>
      int answer(void) { return \(answer); }
      int main(void) { write(1, "x", 1); for (;;) pause(); }
      """)
    _ = try run("sh", "-c", "gcc -o \(path) \(source)")
  }

  func buildID(of path: String) throws -> BuildID? {
    ElfImage(BytesInMemory(try contents(of: path)))?.buildID
  }

  /// What would be opened for a range of addresses, or why nothing.
  func opened(
    _ program: RunningProgram, range: Range<UInt64>? = nil, mappedAt time: UInt64 = 0
  ) -> Result<OpenFile, AbsenceReason> {
    let range = range ?? program.start..<program.end
    do throws(AbsenceReason) {
      return .success(
        try OpenFile(
          try openMappedFile(
            pid: program.pid, start: range.lowerBound, end: range.upperBound,
            path: program.path, identity: program.identity, mappedAt: time)))
    } catch {
      return .failure(error)
    }
  }

  /// A range that nothing maps, so that only the path is left.
  let nowhere: Range<UInt64> = 0x1000..<0x2000

  @Test func theMappedFileByMappingAndByPath() throws {
    let id = try #require(try buildID(of: path))
    let program = try RunningProgram(path)
    for range in [program.start..<program.end, nowhere] {
      let file = try opened(program, range: range, mappedAt: program.startedAt).get()
      #expect(file.inode == program.identity.inode)
      #expect(ElfImage(file)?.buildID == id)
    }
  }

  @Test func aDeletedFileIsReachedThroughItsMapping() throws {
    let program = try RunningProgram(path)
    try FileManager.default.removeItem(atPath: path)
    #expect(try opened(program).get().inode == program.identity.inode)
    #expect(throws: AbsenceReason.deleted) { try opened(program, range: nowhere).get() }
  }

  @Test func aReplacedFileIsRefused() throws {
    let program = try RunningProgram(path)
    let other = "\(folder.path)/other"
    try Self.build(other, folder, answer: 2)
    #expect(rename(other, path) == 0)
    #expect(throws: AbsenceReason.identityDiffers) { try opened(program, range: nowhere).get() }
    #expect(try opened(program).get().inode == program.identity.inode)
  }

  /// The same inode with other bytes: the time of the last change says so.
  @Test func aFileThatWasWrittenOverIsRefused() throws {
    let program = try RunningProgram(path)
    program.stop()
    #expect(try opened(program, mappedAt: program.startedAt).get().size > 0)
    let other = "\(folder.path)/other"
    try Self.build(other, folder, answer: 2)
    // Kernels round the time of a change down, by 10 ms at most.
    while monotonicNanoseconds() < program.startedAt + 20_000_000 { usleep(1000) }
    try contents(of: other).withUnsafeBytes { bytes in
      let file = try FileDescriptor(opening: path, O_WRONLY)
      #expect(write(file.rawValue, bytes.baseAddress, bytes.count) == bytes.count)
    }
    #expect(try opened(program).get().inode == program.identity.inode)
    #expect(throws: AbsenceReason.identityDiffers) {
      try opened(program, mappedAt: program.startedAt).get()
    }
  }

  /// The path is a FIFO now: opening it for reading would block for ever.
  @Test(.timeLimit(.minutes(1))) func aFifoAtThePathIsRefused() throws {
    let program = try RunningProgram(path)
    try FileManager.default.removeItem(atPath: path)
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: AbsenceReason.refusedType) { try opened(program, range: nowhere).get() }
    #expect(try opened(program).get().inode == program.identity.inode)
  }

  @Test(arguments: ["/dev/zero", "/dev", "/proc/self/status", "/empty"])
  func whatIsNoRegularFileWithContentsIsRefused(place: String) throws {
    let path = place == "/empty" ? try folder.file("empty", "") : place
    #expect(throws: AbsenceReason.refusedType) {
      try OpenFile(opening: path).size
    }
  }

  @Test func aSparseGiantIsTooBig() throws {
    let path = try folder.file("giant", "x")
    // 1 TiB where the file system can say so.
    guard truncate(path, 1 << 40) == 0 else { throw ToolFailure(text: "truncate \(errno)") }
    #expect(throws: AbsenceReason.tooBig) {
      try OpenFile(opening: path).size
    }
  }

  /// After the process: the path below our own root, if the identity is right.
  @Test func aProcessThatExitedLeavesItsPath() throws {
    let program = try RunningProgram(path)
    program.stop()
    #expect(try opened(program).get().inode == program.identity.inode)
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: AbsenceReason.exited) { try opened(program).get() }
    // The inode number may be that of the deleted file.
    try Self.build(path, folder, answer: 3)
    #expect(throws: AbsenceReason.identityDiffers) {
      try opened(program, mappedAt: program.startedAt).get()
    }
  }

  @Test func symbolicLinksCannotLeaveARoot() throws {
    let root = "\(folder.path)/root"
    let secret = try folder.file("secret", "not yours")
    try FileManager.default.createDirectory(
      atPath: "\(root)/inside", withIntermediateDirectories: true)
    _ = try folder.file("root/inside/own", "mine")
    let links = [
      ("absolute", secret), ("up", "../../../../../..\(secret)"), ("near", "../secret"),
      ("process", "/proc/self/root\(secret)"), ("circle", "circle"),
    ]
    for (name, target) in links {
      #expect(symlink(target, "\(root)/\(name)") == 0)
      #expect(throws: AbsenceReason.deleted) {
        try OpenFile(opening: "/\(name)", in: root).size
      }
    }
    for path in ["/../secret", "/inside/../../secret", secret] {
      #expect(throws: AbsenceReason.deleted) {
        try OpenFile(opening: path, in: root).size
      }
    }
    // Links that stay inside work, absolute ones too.
    #expect(symlink("/inside/own", "\(root)/good") == 0)
    let file = try OpenFile(opening: "/good", in: root)
    #expect(file.bytes(at: 0, count: 4) == Array("mine".utf8))
  }

  @Test func magicLinksAreNotFollowed() throws {
    #expect(throws: AbsenceReason.deleted) {
      try OpenFile(opening: "/proc/self/exe").size
    }
  }

  @Test func anEmptyRootIsAnExitedProcess() throws {
    #expect(throws: AbsenceReason.exited) {
      try OpenFile(opening: "/x", in: "/proc/1999999999/root").size
    }
  }

  @Test func aFileThatShrinksWhileItIsReadIsShort() throws {
    let path = try folder.file("shrinks", [UInt8](repeating: 1, count: 8192))
    let file = try OpenFile(opening: path)
    #expect(file.bytes(at: 4096, count: 4096) != nil)
    #expect(truncate(path, 4096) == 0)
    #expect(file.bytes(at: 4096, count: 4096) == nil)
    #expect(file.bytes(at: 0, count: 4096) != nil)
  }

  @Test func heldObjectsAreBoundedAndRememberWhy() throws {
    let held = HeldObjects(limit: 2)
    func file() throws -> OpenFile { try OpenFile(opening: path) }
    #expect(held.state(of: 0) == nil)
    held.miss(.denied, for: 0)
    #expect(held.wants(0))
    held.hold(try file(), for: 0)
    #expect(!held.wants(0))
    held.miss(.exited, for: 0)
    held.hold(try file(), for: 0)
    held.hold(try file(), for: 1)
    held.hold(try file(), for: 2)
    #expect(held.heldCount == 2)
    #expect(!held.wants(2))
    guard case .held = held.state(of: 0), case .held = held.state(of: 1),
      case .absent(.tooMany) = held.state(of: 2)
    else {
      Issue.record("0 and 1 are held, 2 is not")
      return
    }
  }

  @Test func aDescriptorIsClosedWithItsOwnerUnlessItWasReleased() throws {
    func released() throws -> CInt { try FileDescriptor(opening: path, O_RDONLY).release() }
    let raw = try released()
    #expect(fcntl(raw, F_GETFD) & FD_CLOEXEC != 0)
    close(raw)

    // The other end of a connection notices that this one is closed.
    var ends: [CInt] = [-1, -1]
    let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    #expect(socketpair(AF_UNIX, type, 0, &ends) == 0)
    let near = FileDescriptor(adopting: ends[0])
    func drop(_: consuming FileDescriptor) {}
    drop(FileDescriptor(adopting: ends[1]))
    var byte: UInt8 = 0
    #expect(Glibc.read(near.rawValue, &byte, 1) == 0)
  }

  @Test func errorsSayWhatWasTriedOnWhat() {
    #expect(throws: SystemError(operation: "open", thing: "/nowhere", code: ENOENT)) {
      try FileDescriptor(opening: "/nowhere", O_RDONLY).rawValue
    }
  }
}
