// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import System
import Testing

@testable import Sampling

/// Which mappings mean the same file. The files are copies of two programs that have build ids; no
/// process maps them, so that they are opened by their path.
@Suite final class ObjectTableTests {
  private let folder: String
  private let table = ObjectTable(limit: 10)
  private var path: String { "\(folder)/program" }

  init() throws {
    var template = Array("/tmp/objects-XXXXXX\0".utf8CString)
    folder = String(cString: try #require(mkdtemp(&template)))
    try place("true")
  }

  deinit {
    unlink(path)
    unlink("\(folder)/other")
    rmdir(folder)
  }

  /// Writes a program to the path, into the file that is there.
  private func place(_ program: String, at path: String? = nil) throws {
    try write(try ProcFile.contents(of: "/usr/bin/\(program)"), at: path ?? self.path)
  }

  /// Writes into the file that is there.
  private func write(_ bytes: [UInt8], at path: String) throws {
    let raw = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o755)
    #expect(Glibc.write(raw, bytes, bytes.count) == bytes.count)
    close(raw)
  }

  /// The object of a mapping of the path as it is now.
  private func object(at time: UInt64 = monotonicNanoseconds()) throws -> ObjectIndex {
    var status = stat()
    #expect(stat(path, &status) == 0)
    return table.object(
      pid: getpid(), start: 0x1000, end: 0x2000, path: path,
      identity: FileIdentity(
        buildID: nil, deviceMajor: fb_device_major(UInt64(status.st_dev)),
        deviceMinor: fb_device_minor(UInt64(status.st_dev)), inode: UInt64(status.st_ino)),
      mappedAt: time)
  }

  private func isHeld(_ object: ObjectIndex) -> Bool {
    if case .held = table.held.state(of: object) { true } else { false }
  }

  private func buildID(_ object: ObjectIndex) -> BuildID? {
    guard case .file(let identity) = table.objects[object].kind else { return nil }
    return identity.buildID
  }

  /// The build id comes from the file, and what changes at a file besides its bytes changes nothing.
  @Test func aFileIsOneObject() throws {
    let first = try object()
    #expect(isHeld(first) && buildID(first) != nil)
    #expect(try object() == first)
    #expect(chmod(path, 0o700) == 0)
    #expect(try object() == first)
    #expect(link(path, "\(folder)/other") == 0)
    #expect(try object() == first)
    #expect(table.objects.count == 1)
  }

  /// Another program at the same path, in the same inode or in another one.
  @Test(arguments: [true, false]) func anotherProgramIsAnotherObject(inPlace: Bool) throws {
    let first = try object()
    if inPlace {
      try place("false")
    } else {
      try place("false", at: "\(folder)/other")
      #expect(rename("\(folder)/other", path) == 0)
    }
    let second = try object()
    #expect(second != first && isHeld(second))
    #expect(buildID(second) != buildID(first))
    #expect(try object() == second)
  }

  /// The program was written over after it was mapped, and before it was opened.
  @Test func aFileThatHasChangedIsNotOpened() throws {
    let time = monotonicNanoseconds()
    // Kernels round the time of a change down, by 10 ms at most.
    while monotonicNanoseconds() < time + 20_000_000 { usleep(1000) }
    try place("false")
    let object = try object(at: time)
    #expect(!isHeld(object) && buildID(object) == nil)
    guard case .absent(.identityDiffers) = table.held.state(of: object) else {
      Issue.record("it may not be read")
      return
    }
  }

  /// A file that is expected is found by its build id.
  @Test func anExpectedFileIsTheOneThatIsMapped() throws {
    let expected = try #require(table.expectedObject(at: path))
    #expect(try object() == expected)
  }

  /// Each inode that is known to be an object's is open, so that no other file can get its number:
  /// also that of a second copy of the same program.
  @Test func allKnownInodesAreOpen() throws {
    let first = try object()
    let firstKey = try key()
    try place("true", at: "\(folder)/other")
    #expect(rename("\(folder)/other", path) == 0)
    let secondKey = try key()
    #expect(try object() == first)
    #expect(firstKey != secondKey)
    #expect(opened() == [firstKey, secondKey])
    #expect(isOpenHere(secondKey))
  }

  /// A copy that is written over is another object, although the first file is as it was.
  @Test func aCopyThatIsWrittenOverIsAnotherObject() throws {
    let first = try object()
    try place("true", at: "\(folder)/other")
    #expect(link(path, "\(folder)/first") == 0)
    defer { unlink("\(folder)/first") }
    #expect(rename("\(folder)/other", path) == 0)
    #expect(try object() == first)
    try place("false")
    #expect(try object() != first)
  }

  /// Everybody can write any build id. A copy with other bytes is another object, also if only its last
  /// byte differs, and whichever was mapped first.
  @Test func aForgedBuildIDIsAnotherObject() throws {
    let first = try object()
    var bytes = try ProcFile.contents(of: path)
    bytes[bytes.count - 1] ^= 1
    try write(bytes, at: "\(folder)/other")
    #expect(link(path, "\(folder)/first") == 0)
    defer { unlink("\(folder)/first") }
    #expect(rename("\(folder)/other", path) == 0)
    let forged = try object()
    #expect(forged != first && isHeld(forged))
    #expect(buildID(forged) == buildID(first))
    #expect(rename("\(folder)/first", path) == 0)
    #expect(try object() == first)
  }

  /// Another user could write over his copy once it was compared; so could the group of the file.
  @Test(
    .enabled(if: getuid() == 0, "a file of another user needs root"),
    arguments: [(12345, 0o755), (0, 0o775)] as [(uid_t, mode_t)])
  func aCopyThatOthersMayWriteIsAnotherObject(owner: uid_t, mode: mode_t) throws {
    let first = try object()
    try place("true", at: "\(folder)/other")
    #expect(chown("\(folder)/other", owner, 0) == 0 && chmod("\(folder)/other", mode) == 0)
    #expect(rename("\(folder)/other", path) == 0)
    #expect(try object() != first)
  }

  /// What was released cannot be compared any more: another file does not take its place.
  @Test func aReleasedObjectIsNotGivenToACopy() throws {
    let first = try object()
    table.release([first])
    try place("true", at: "\(folder)/other")
    #expect(rename("\(folder)/other", path) == 0)
    let second = try object()
    #expect(second != first && isHeld(second) && !isHeld(first))
  }

  /// Only a few copies stay open; before one is closed it is reported.
  @Test func copiesThatAreClosedAreReported() throws {
    let object = try object()
    let firstKey = try key()
    var copies: [FileKey] = []
    for _ in 0..<2 {
      try place("true", at: "\(folder)/other")
      #expect(rename("\(folder)/other", path) == 0)
      copies.append(try key())
      #expect(try self.object() == object)
    }
    let changes = table.takeFileChanges()
    let closing = changes.compactMap { if case .closing(let key, _, _) = $0 { key } else { nil } }
    #expect(closing == [copies[0]])
    #expect(isHeld(object) && isOpenHere(firstKey) && isOpenHere(copies[1]))
  }

  private func key() throws -> FileKey { FileKey(try OpenFile(opening: path)) }

  private func opened() -> [FileKey] {
    table.takeFileChanges().compactMap { if case .opened(let key, _) = $0 { key } else { nil } }
  }

  /// Whether this process has the file open.
  private func isOpenHere(_ key: FileKey) -> Bool {
    (3..<1024).contains { descriptor in
      var status = stat()
      return fstat(CInt(descriptor), &status) == 0 && UInt64(status.st_ino) == key.inode
    }
  }

  /// The object of a mapping of a copy of the program at a path of its own.
  private func copy(_ index: Int, in table: ObjectTable, of pid: Int32) throws -> ObjectIndex {
    let copied = "\(folder)/other"
    unlink(copied)
    // Not two with the same bytes.
    try write(try ProcFile.contents(of: path) + Array("\(index)".utf8), at: copied)
    var status = stat()
    #expect(stat(copied, &status) == 0)
    return table.object(
      pid: pid, start: 0x1000, end: 0x2000, path: copied,
      identity: FileIdentity(
        buildID: nil, deviceMajor: fb_device_major(UInt64(status.st_dev)),
        deviceMinor: fb_device_minor(UInt64(status.st_dev)), inode: UInt64(status.st_ino)),
      mappedAt: monotonicNanoseconds())
  }

  private func isHeld(_ object: ObjectIndex, in table: ObjectTable) -> Bool {
    if case .held = table.held.state(of: object) { true } else { false }
  }

  @Test func aProcessWithManyFilesLeavesAQuarterOfTheOpenFilesToOthers() throws {
    let table = ObjectTable(limit: 16, user: { uid_t($0) })
    let hostile = getpid()
    let objects = try (0..<20).map { try copy($0, in: table, of: hostile) }
    #expect(objects.count { isHeld($0, in: table) } == 12)
    #expect(table.leftOutCount == 8)
    let victim = try copy(20, in: table, of: getppid())
    #expect(isHeld(victim, in: table))
    // What is closed is free again.
    table.release(Set(objects))
    let later = try copy(21, in: table, of: hostile)
    #expect(isHeld(later, in: table))
  }

  @Test func aProcessWithManyFilesLeavesAQuarterOfTheTablesToOthers() throws {
    let table = ObjectTable(limit: 100, capacity: 16, user: { uid_t($0) })
    let hostile = getpid()
    let objects = try (0..<20).map { try copy($0, in: table, of: hostile) }
    #expect(Set(objects).count == 13)
    #expect(table.objects[objects[19]].path == "[left out]")
    let victim = try copy(20, in: table, of: getppid())
    #expect(table.objects[victim].path.hasSuffix("other") && isHeld(victim, in: table))
  }
}
