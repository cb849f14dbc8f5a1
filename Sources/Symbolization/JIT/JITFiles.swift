// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel

/// Finds the files in which the JIT compilers of a process tell what they made.
///
/// They lie where everybody can write, so a perf map is only read if it can be the process's own: a
/// regular file with one name, not a link, that belongs to the process's user or to root, and was
/// written since the process began.
struct JITFiles {
  private let root: String
  /// The process's id as itself knows it.
  private let pid: Int32
  private let owners: [uid_t]
  /// Seconds since 1970.
  private let start: Int

  private static let mostDumpBytes = 1 << 30

  /// Those of a process; nil where nothing can tell which are its own.
  init?(of process: RecordedProcess) {
    guard process.pid > 0 else { return nil }
    let folder = "/proc/\(process.pid)"
    if let facts = ProcessFacts(folder), facts.isSame(as: process) {
      root = folder + "/root"
      pid = facts.innermostID
      owners = facts.users + [0]
    } else {
      // Of a process that has ended, only what those left who profile, or root.
      root = "/"
      pid = process.pid
      owners = [0, getuid(), Self.invokingUser()].compactMap { $0 }
    }
    start = Self.wallTime(ofStart: process.startTime)
  }

  /// The perf map, nil where there is none that can be trusted.
  func perfMap() -> OpenFile? {
    open("/tmp/perf-\(pid).map", limit: PerfMap.mostBytes)
  }

  /// The jitdump, one page of which the process has mapped so that profilers find it.
  func dump(mappedFrom paths: [String]) -> OpenFile? {
    let name = "/jit-\(pid).dump"
    return paths.lazy.filter { $0.hasSuffix(name) }
      .compactMap { open($0, limit: Self.mostDumpBytes) }.first
  }

  private func open(_ path: String, limit: Int) -> OpenFile? {
    do throws(AbsenceReason) {
      return try openUnlinkedFile(
        path, in: root, owners: owners, changedAfter: start, limit: limit)
    } catch {
      return nil
    }
  }

  private static func invokingUser() -> uid_t? {
    getenv("SUDO_UID").flatMap { uid_t(String(cString: $0)) }
  }

  /// Seconds since 1970 of a moment after boot, in nanoseconds.
  private static func wallTime(ofStart start: UInt64) -> Int {
    let now = nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000_000
    let age = Int(clamping: now) - Int(clamping: start / 1_000_000_000)
    return Glibc.time(nil) - age - 1
  }
}

/// What `/proc` says of a process that is still there.
private struct ProcessFacts {
  /// Real and effective.
  var users: [uid_t]
  /// Its id in the innermost of its pid namespaces.
  var innermostID: Int32
  /// Clock ticks since boot.
  var startTicks: UInt64

  init?(_ folder: String) {
    guard let status = Self.text("\(folder)/status"), let stat = Self.text("\(folder)/stat"),
      let bracket = stat.lastIndex(of: ")")
    else { return nil }
    var values: [Substring: [Substring]] = [:]
    for line in status.split(separator: "\n") {
      let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
      if let key = fields.first { values[key] = Array(fields.dropFirst()) }
    }
    let fields = stat[bracket...].split(separator: " ")
    guard let users = values["Uid:"]?.prefix(2).compactMap({ uid_t($0) }), users.count == 2,
      let id = values["NSpid:"]?.last.flatMap({ Int32($0) }), fields.count > 20,
      let ticks = UInt64(fields[20])
    else { return nil }
    (self.users, innermostID, startTicks) = (users, id, ticks)
  }

  /// Whether it is that process, and not a later one with its id.
  func isSame(as process: RecordedProcess) -> Bool {
    guard process.startTime > 0 else { return true }
    let told = startTicks &* (1_000_000_000 / UInt64(max(sysconf(CInt(_SC_CLK_TCK)), 1)))
    // A tick has 10 ms.
    return max(told, process.startTime) - min(told, process.startTime) < 20_000_000
  }

  private static func text(_ path: String) -> String? {
    guard let file = try? FileDescriptor(opening: path, O_RDONLY),
      let bytes = try? file.read(at: 0, count: 16 << 10)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
