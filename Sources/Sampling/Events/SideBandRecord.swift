// SPDX-License-Identifier: Apache-2.0

public import ProfileModel

/// What the kernel tells of the lives of processes (perf_event_open(2), "MMAP layout").
struct SideBandRecord: Hashable {
  /// Monotonic nanoseconds.
  var time: UInt64
  var event: Event

  enum Event: Hashable {
    case map(NewMapping)
    /// A thread has a new name; with `isExec` its process has become another program.
    case comm(pid: Int32, threadID: Int32, comm: String, isExec: Bool)
    /// A new process (threads are left out).
    case fork(pid: Int32, parent: Int32)
    /// The main thread of a process ended.
    case exit(pid: Int32)
    /// So many records found no room.
    case lost(UInt64)
  }

  struct NewMapping: Hashable {
    var pid: Int32
    var start: UInt64
    var end: UInt64
    var fileOffset: UInt64
    var identity: FileIdentity
    var path: String
  }
}

/// Takes records apart. Their bytes come from the kernel, but hold names chosen by anybody.
enum SideBandParser {
  static let headerSize = 8
  /// What follows every record: with `sample_id_all` and only PERF_SAMPLE_TIME, one u64.
  static let trailerSize = 8

  /// nil for a record that is of no interest here, or malformed.
  static func record(_ bytes: some RandomAccessCollection<UInt8>) -> SideBandRecord? {
    let bytes = Array(bytes)
    guard bytes.count >= headerSize + trailerSize, let type = number(UInt32.self, bytes, 0),
      let misc = number(UInt16.self, bytes, 4),
      let time = number(UInt64.self, bytes, bytes.count - trailerSize)
    else { return nil }
    let body = Array(bytes[headerSize..<(bytes.count - trailerSize)])
    return event(type: type, misc: misc, body: body).map { SideBandRecord(time: time, event: $0) }
  }

  // PERF_RECORD_* and PERF_RECORD_MISC_* of linux/perf_event.h.
  private static let lost: UInt32 = 2
  private static let comm: UInt32 = 3
  private static let exit: UInt32 = 4
  private static let fork: UInt32 = 7
  private static let mmap2: UInt32 = 10
  private static let miscCommExec: UInt16 = 1 << 13
  private static let miscMapBuildID: UInt16 = 1 << 14

  private static func event(type: UInt32, misc: UInt16, body: [UInt8]) -> SideBandRecord.Event? {
    switch type {
    case mmap2: return mapping(body, hasBuildID: misc & miscMapBuildID != 0)
    case comm:
      guard let pid = number(Int32.self, body, 0), let thread = number(Int32.self, body, 4)
      else { return nil }
      return .comm(
        pid: pid, threadID: thread, comm: text(body, from: 8), isExec: misc & miscCommExec != 0)
    case fork, exit:
      guard let pid = number(Int32.self, body, 0), let parent = number(Int32.self, body, 4),
        let thread = number(Int32.self, body, 8)
      else { return nil }
      if type == exit { return pid == thread ? .exit(pid: pid) : nil }
      return pid == parent ? nil : .fork(pid: pid, parent: parent)
    case lost:
      return number(UInt64.self, body, 8).map { .lost($0) }
    default:
      return nil
    }
  }

  private static func mapping(_ body: [UInt8], hasBuildID: Bool) -> SideBandRecord.Event? {
    guard let pid = number(Int32.self, body, 0), let start = number(UInt64.self, body, 8),
      let length = number(UInt64.self, body, 16), let offset = number(UInt64.self, body, 24),
      let major = number(UInt32.self, body, 32), let minor = number(UInt32.self, body, 36),
      let inode = number(UInt64.self, body, 40), body.count >= 64
    else { return nil }
    let (end, overflow) = start.addingReportingOverflow(length)
    guard length > 0, !overflow else { return nil }
    let identity =
      hasBuildID
      // The union holds: size of the build id (u8), three reserved bytes, 20 bytes of build id.
      ? FileIdentity(
        buildID: BuildID(body[36..<(36 + min(20, Int(body[32])))]), deviceMajor: 0,
        deviceMinor: 0, inode: 0)
      : FileIdentity(buildID: nil, deviceMajor: major, deviceMinor: minor, inode: inode)
    return .map(
      .init(
        pid: pid, start: start, end: end, fileOffset: offset, identity: identity,
        path: text(body, from: 64)))
  }

  private static func number<T: FixedWidthInteger>(
    _ type: T.Type, _ bytes: [UInt8], _ offset: Int
  ) -> T? {
    let size = MemoryLayout<T>.size
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    // Safe: the range was checked; the load may be unaligned.
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
  }

  private static func text(_ bytes: [UInt8], from offset: Int) -> String {
    guard offset < bytes.count else { return "" }
    return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
