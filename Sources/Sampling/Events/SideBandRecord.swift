// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc
import ObjectFiles
import ProfileModel

/// A record of the kernel about a process: a mapping, a name, a fork, an exit, or the loss of such
/// records (perf_event_open(2), "MMAP layout").
struct SideBandRecord: Hashable {
  /// When it happened, in nanoseconds of CLOCK_MONOTONIC.
  var time: UInt64
  var event: Event

  enum Event: Hashable {
    case map(NewMapping)
    /// A thread has a new name. With `isExec` its process has called exec.
    case comm(pid: Int32, threadID: Int32, comm: String, isExec: Bool)
    /// A new process, or a new thread if both ids are the same.
    case fork(pid: Int32, parent: Int32)
    /// A thread has ended. The process goes on if it has others, even if this was its main thread.
    case exit(pid: Int32, threadID: Int32)
    /// The ring was full: so many records were dropped before this one.
    case lost(UInt64)
  }

  /// A range of addresses, from `start` up to but not including `end`, and what is mapped there.
  struct NewMapping: Hashable {
    var pid: Int32
    var start: UInt64
    var end: UInt64
    var fileOffset: UInt64
    var identity: FileIdentity
    var path: String
    var isWritable = false
  }
}

/// The parser of side-band records. Their bytes come from the kernel, but the names in them are
/// untrusted.
enum SideBandParser {
  /// Bytes of `struct perf_event_header`.
  static let headerSize = 8
  /// Bytes behind the body of every record: the time as a u64, since the event has `sample_id_all`
  /// and only PERF_SAMPLE_TIME.
  static let trailerSize = 8

  /// Parses a whole record. Nil if it is malformed, or of a type that is not used here.
  static func record(_ bytes: some RandomAccessCollection<UInt8>) -> SideBandRecord? {
    let record = ByteReader(Array(bytes))
    let bodySize = record.count - headerSize - trailerSize
    guard let type = record.load(UInt32.self, at: 0), let misc = record.load(UInt16.self, at: 4),
      let body = record.slice(at: headerSize, count: bodySize),
      let time = record.load(UInt64.self, at: headerSize + bodySize)
    else { return nil }
    return event(type: type, misc: misc, body: ByteReader(Array(body)))
      .map { SideBandRecord(time: time, event: $0) }
  }

  // PERF_RECORD_* and PERF_RECORD_MISC_* of linux/perf_event.h.
  private static let lost: UInt32 = 2
  private static let comm: UInt32 = 3
  private static let exit: UInt32 = 4
  private static let fork: UInt32 = 7
  private static let mmap2: UInt32 = 10
  private static let miscCommExec: UInt16 = 1 << 13

  private static func event(type: UInt32, misc: UInt16, body: ByteReader) -> SideBandRecord.Event? {
    switch type {
    case mmap2: return mapping(body)
    case comm:
      guard let pid = body.load(Int32.self, at: 0), let thread = body.load(Int32.self, at: 4)
      else { return nil }
      return .comm(
        pid: pid, threadID: thread, comm: text(body, at: 8), isExec: misc & miscCommExec != 0)
    case fork, exit:
      guard let pid = body.load(Int32.self, at: 0), let parent = body.load(Int32.self, at: 4),
        let thread = body.load(Int32.self, at: 8)
      else { return nil }
      if type == exit { return .exit(pid: pid, threadID: thread) }
      return .fork(pid: pid, parent: parent)
    case lost:
      return body.load(UInt64.self, at: 8).map { .lost($0) }
    default:
      return nil
    }
  }

  /// PERF_RECORD_MISC_MMAP_BUILD_ID is not read: our events ask for no build ids, and where
  /// another session does, the kernel leaves the bit set in our records as well.
  private static func mapping(_ body: ByteReader) -> SideBandRecord.Event? {
    guard let pid = body.load(Int32.self, at: 0), let start = body.load(UInt64.self, at: 8),
      let length = body.load(UInt64.self, at: 16), let offset = body.load(UInt64.self, at: 24),
      let major = body.load(UInt32.self, at: 32), let minor = body.load(UInt32.self, at: 36),
      let inode = body.load(UInt64.self, at: 40), let generation = body.load(UInt64.self, at: 48),
      let protection = body.load(UInt32.self, at: 56)
    else { return nil }
    let (end, overflow) = start.addingReportingOverflow(length)
    guard length > 0, !overflow else { return nil }
    let identity = FileIdentity(
      buildID: nil, deviceMajor: major, deviceMinor: minor, inode: inode, generation: generation)
    return .map(
      .init(
        pid: pid, start: start, end: end, fileOffset: offset, identity: identity,
        path: text(body, at: 64), isWritable: protection & UInt32(PROT_WRITE) != 0))
  }

  private static func text(_ body: ByteReader, at offset: Int) -> String {
    body.text(at: offset, limit: body.count).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
