// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel

/// Opens the files in which the JIT compilers of a process list their functions.
///
/// They are in folders where every user can write, so a file is only read if it can be the process's
/// own: a regular file with one name, not a symbolic link, owned by the process's user or by root,
/// and written since the process began.
struct JITFiles {
  /// The root folder that the process sees.
  private let root: String
  /// The process id in the process's own pid namespace.
  private let pid: Int32
  /// Users whose files are read.
  private let owners: [uid_t]
  /// Start of the process, in seconds since 1970.
  private let start: Int

  private static let mostDumpBytes = 1 << 30

  /// The files of a process; nil where its id is not known.
  static func find(of process: RecordedProcess) -> JITFiles? {
    guard process.pid > 0 else { return nil }
    let folder = "/proc/\(process.pid)"
    let start = wallTime(ofStart: process.startTime)
    if let facts = ProcessFacts(folder), facts.isSame(as: process) {
      return JITFiles(
        root: folder + "/root", pid: facts.innermostID, owners: facts.users + [0], start: start)
    }
    // The users of a process that has ended are not known: only files of root, of our own user, and of
    // the user who ran sudo.
    return JITFiles(
      root: "/", pid: process.pid, owners: [0, getuid(), invokingUser()].compactMap { $0 },
      start: start)
  }

  /// The perf map; nil where there is none, or not the process's own.
  func openPerfMap() -> OpenFile? {
    open("/tmp/perf-\(pid).map", limit: PerfMap.mostBytes)
  }

  /// The jitdump; nil where there is none, or not the process's own.
  ///
  /// - Parameter paths: of what the process has mapped. Compilers map a page of their jitdump, so that
  ///   profilers find it.
  func openDump(mappedFrom paths: [String]) -> OpenFile? {
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

  /// The user who ran sudo, if it was used.
  private static func invokingUser() -> uid_t? {
    getenv("SUDO_UID").flatMap { uid_t(String(cString: $0)) }
  }

  /// Seconds since 1970, rounded down by up to 2 s, of a time in nanoseconds since boot.
  private static func wallTime(ofStart start: UInt64) -> Int {
    let now = nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000_000
    let age = Int(clamping: now) - Int(clamping: start / 1_000_000_000)
    return Glibc.time(nil) - age - 1
  }
}

/// Facts about a running process, from `/proc`.
private struct ProcessFacts {
  /// Real and effective user id.
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

  /// Whether this is that process, and not a later one with the same id.
  func isSame(as process: RecordedProcess) -> Bool {
    guard process.startTime > 0 else { return true }
    let start = startTicks &* (1_000_000_000 / UInt64(max(sysconf(CInt(_SC_CLK_TCK)), 1)))
    // /proc rounds down to clock ticks of 10 ms.
    return max(start, process.startTime) - min(start, process.startTime) < 20_000_000
  }

  private static func text(_ path: String) -> String? {
    guard let file = try? FileDescriptor(opening: path, O_RDONLY),
      let bytes = try? file.read(at: 0, count: 16 << 10)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
