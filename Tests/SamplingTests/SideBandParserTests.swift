// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Sampling

/// A builder of records in the layout of perf_event_open(2).
struct RecordBytes {
  private var body: [UInt8] = []

  func number<T: FixedWidthInteger>(_ value: T) -> Self {
    var copy = self
    withUnsafeBytes(of: value.littleEndian) { copy.body += Array($0) }
    return copy
  }

  func text(_ text: String, paddedTo multiple: Int = 8) -> Self {
    var copy = self
    copy.body += Array(text.utf8) + [0]
    while copy.body.count % multiple != 0 { copy.body.append(0) }
    return copy
  }

  func bytes(_ bytes: [UInt8]) -> Self {
    var copy = self
    copy.body += bytes
    return copy
  }

  func record(type: UInt32, misc: UInt16 = 0, time: UInt64) -> [UInt8] {
    let size = UInt16(SideBandParser.headerSize + body.count + SideBandParser.trailerSize)
    return RecordBytes().number(type).number(misc).number(size).bytes(body).number(time).body
  }
}

@Suite struct SideBandParserTests {
  private func mapping(path: String, misc: UInt16, union: [UInt8]) -> [UInt8] {
    RecordBytes().number(Int32(7)).number(Int32(8)).number(UInt64(0x1000)).number(UInt64(0x2000))
      .number(UInt64(0x3000)).bytes(union).number(UInt32(5)).number(UInt32(2)).text(path)
      .record(type: 10, misc: misc, time: 99)
  }

  /// The kernel leaves the bit of build ids set where another session asks for them.
  @Test(arguments: [0, 1 << 14] as [UInt16]) func mappingOfAFile(misc: UInt16) {
    // Major, minor, inode, generation.
    let union: [UInt8] =
      [8, 0, 0, 0, 1, 0, 0, 0, 0x67, 0x12, 0, 0, 0, 0, 0, 0, 5] + Array(repeating: 0, count: 7)
    let record = SideBandParser.record(mapping(path: "/usr/lib/x.so", misc: misc, union: union))
    #expect(
      record
        == SideBandRecord(
          time: 99,
          event: .map(
            .init(
              pid: 7, start: 0x1000, end: 0x3000, fileOffset: 0x3000,
              identity: FileIdentity(
                buildID: nil, deviceMajor: 8, deviceMinor: 1, inode: 0x1267, generation: 5),
              path: "/usr/lib/x.so", isWritable: false))))
  }

  /// PROT_READ, PROT_WRITE and PROT_EXEC. What may be written to is not code in the kernel's count.
  @Test func mappingThatIsWritable() {
    let bytes = RecordBytes().number(Int32(7)).number(Int32(8)).number(UInt64(0x1000))
      .number(UInt64(0x2000)).number(UInt64(0)).bytes(Array(repeating: 0, count: 24))
      .number(UInt32(7)).number(UInt32(2)).text("//anon").record(type: 10, time: 1)
    guard case .map(let map)? = SideBandParser.record(bytes)?.event else {
      Issue.record("no mapping")
      return
    }
    #expect(map.isWritable)
  }

  @Test func rangeThatWraps() {
    let bytes = RecordBytes().number(Int32(7)).number(Int32(8)).number(UInt64.max - 4)
      .number(UInt64(0x2000)).number(UInt64(0)).bytes(Array(repeating: 0, count: 24))
      .number(UInt64(0)).text("/x").record(type: 10, time: 1)
    #expect(SideBandParser.record(bytes) == nil)
  }

  @Test func nameOfAThreadAndOfANewProgram() {
    func comm(_ misc: UInt16) -> SideBandRecord? {
      SideBandParser.record(
        RecordBytes().number(Int32(7)).number(Int32(9)).text("worker; 1")
          .record(type: 3, misc: misc, time: 5))
    }
    #expect(comm(0)?.event == .comm(pid: 7, threadID: 9, comm: "worker; 1", isExec: false))
    #expect(comm(1 << 13)?.event == .comm(pid: 7, threadID: 9, comm: "worker; 1", isExec: true))
  }

  @Test func forksAndExits() {
    func task(_ type: UInt32, pid: Int32, parent: Int32, thread: Int32) -> SideBandRecord? {
      SideBandParser.record(
        RecordBytes().number(pid).number(parent).number(thread).number(parent).number(UInt64(3))
          .record(type: type, time: 3))
    }
    #expect(task(7, pid: 20, parent: 10, thread: 20)?.event == .fork(pid: 20, parent: 10))
    #expect(task(7, pid: 10, parent: 10, thread: 11)?.event == .fork(pid: 10, parent: 10))
    #expect(task(4, pid: 20, parent: 10, thread: 20)?.event == .exit(pid: 20, threadID: 20))
    #expect(task(4, pid: 20, parent: 10, thread: 21)?.event == .exit(pid: 20, threadID: 21))
  }

  @Test func lostRecords() {
    let bytes = RecordBytes().number(UInt64(1)).number(UInt64(211)).record(type: 2, time: 4)
    #expect(SideBandParser.record(bytes)?.event == .lost(211))
  }

  /// A record that was cut off has no time of its own: its last eight bytes are read as the time, and
  /// the body is what is left. Nothing before the cut may be read differently.
  @Test func aTruncatedRecordIsMalformedOrLacksItsEnd() throws {
    let path = "/usr/lib/x.so"
    let whole = mapping(path: path, misc: 0, union: Array(repeating: 20, count: 24))
    let fixedPart = SideBandParser.headerSize + 64 + SideBandParser.trailerSize
    for length in 0..<whole.count {
      let record = SideBandParser.record(Array(whole.prefix(length)))
      // The fields up to the protection must be there.
      if length < fixedPart - 4 { #expect(record == nil, "\(length) bytes") }
      guard case .map(let map)? = record?.event else { continue }
      #expect(map.pid == 7 && map.start == 0x1000 && map.end == 0x3000)
      #expect(path.hasPrefix(map.path), "\(length) bytes")
    }
  }

  /// Of records with an empty body none has all its fields, whatever its type.
  @Test(arguments: UInt32(0)...20) func anEmptyBodyIsMalformed(type: UInt32) {
    #expect(SideBandParser.record(RecordBytes().record(type: type, time: 0)) == nil)
  }

  private func head(
    _ type: UInt32, misc: UInt16 = 0, pid: Int32 = 7, second: Int32 = 7
  ) -> SideBandParser.Head {
    .init(type: type, misc: misc, length: 48, pid: pid, second: second)
  }

  private func isDispensable(
    _ head: SideBandParser.Head, before next: SideBandParser.Head? = nil, behind: Set<Int32> = []
  ) -> Bool {
    SideBandParser.isDispensable(head, before: next, behind: behind)
  }

  @Test func mappingsOfProcessesThatAreBehindAreDispensable() {
    #expect(isDispensable(head(10), behind: [7]))
    #expect(!isDispensable(head(10), behind: [8]))
    #expect(!isDispensable(head(7), behind: [7]))
  }

  /// A thread can rename itself a million times a second. An exec is no such name.
  @Test func ofTheNamesOfAProcessTheLastOneIsParsed() {
    let exec: UInt16 = 1 << 13
    #expect(isDispensable(head(3), before: head(3)))
    #expect(!isDispensable(head(3)))
    #expect(!isDispensable(head(3), before: head(3, pid: 8, second: 8)))
    #expect(!isDispensable(head(3), before: head(3, misc: exec)))
    #expect(!isDispensable(head(3, misc: exec), before: head(3)))
    #expect(!isDispensable(head(3), before: head(4)))
    // That of another thread of the process.
    #expect(!isDispensable(head(3), before: head(3, second: 8)))
    #expect(isDispensable(head(3, second: 8)))
    #expect(!isDispensable(head(3, misc: exec, second: 8)))
  }
}
