// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import System

/// Opens the files in which the JIT compilers of a process list their functions.
///
/// They are in folders where every user can write, so a file is only read if it can be the process's
/// own: a regular file with one name, not a symbolic link, owned by the process's user, or by root
/// and readable by everybody, and written since the process began.
struct JITFiles {
  /// The path of the root folder that the process sees.
  private let root: String
  /// Keeps `root` valid after the end of the process; nil if it is not held.
  private var heldRoot: HeldRoot?
  /// The perf map as it was while the process ran, for compilers that remove it at their end.
  private var heldMap: OpenFile?
  /// The process id in the process's own pid namespace.
  private let pid: Int32
  /// Users whose files are read, with any permissions.
  private let owners: [uid_t]
  /// Start of the process, in seconds since 1970.
  private let start: Int
  /// Nanoseconds by which the process's CLOCK_MONOTONIC is ahead of the kernel's; nil where that is
  /// not known. Jitdumps have times of that clock.
  let clockOffset: Int64?

  private static let mostDumpBytes = 1 << 30

  /// The files of a process; nil where its id is not known.
  static func find(of process: RecordedProcess) -> JITFiles? {
    guard process.pid > 0 else { return nil }
    let start = wallTime(ofStart: process.startTime)
    if let identity = ProcessIdentity(pid: process.pid),
      process.startTime == 0 || identity.hasStarted(at: process.startTime)
    {
      let thread = ProcessThreads.living(of: process.pid)
      return JITFiles(
        root: "/proc/\(process.pid)/task/\(thread)/root", pid: identity.innermostID,
        owners: [identity.user], start: start,
        clockOffset: TimeNamespace.monotonicOffset(ofThread: thread))
    }
    // The user of a process that has ended is not known: only files of our own user, of the user who ran
    // sudo, and of root. Nor is its clock: nearly all processes have that of this one.
    return JITFiles(
      root: "/", pid: process.pid, owners: [getuid(), Invoker.ofSudo?.user].compactMap { $0 },
      start: start, clockOffset: TimeNamespace.monotonicOffset(ofThread: getpid()))
  }

  /// The files of a process that runs, which can be opened after its end, too; nil where it has ended,
  /// or its root cannot be entered.
  static func hold(of process: RecordedProcess) -> JITFiles? {
    guard process.pid > 0, let identity = ProcessIdentity(pid: process.pid),
      identity.hasStarted(at: process.startTime), let found = find(of: process),
      let root = try? FileDescriptor(opening: found.root, CInt(FB_O_PATH) | O_DIRECTORY)
    else { return nil }
    let held = HeldRoot(root)
    var files = JITFiles(
      root: held.path, pid: found.pid, owners: found.owners, start: found.start,
      clockOffset: found.clockOffset)
    files.heldRoot = held
    files.heldMap = try? files.openPerfMap()
    return files
  }

  private init(root: String, pid: Int32, owners: [uid_t], start: Int, clockOffset: Int64?) {
    (self.root, self.pid, self.owners) = (root, pid, owners)
    (self.start, self.clockOffset) = (start, clockOffset)
  }

  /// The perf map.
  ///
  /// - Throws: `refusedType` where it is empty or not a regular file; other reasons where there is none, or
  ///   not the process's own.
  func openPerfMap() throws(AbsenceReason) -> OpenFile {
    do throws(AbsenceReason) {
      return try open("/tmp/perf-\(pid).map", limit: PerfMap.mostBytes)
    } catch {
      guard let heldMap else { throw error }
      return heldMap
    }
  }

  /// The jitdump; nil where there is none, or not the process's own.
  ///
  /// - Parameter paths: of what the process has mapped. Compilers map a page of their jitdump, so that
  ///   profilers find it.
  func openDump(mappedFrom paths: [String]) -> OpenFile? {
    let name = "/jit-\(pid).dump"
    return paths.lazy.filter { $0.hasSuffix(name) }
      .compactMap { try? open($0, limit: Self.mostDumpBytes) }.first
  }

  private func open(_ path: String, limit: Int) throws(AbsenceReason) -> OpenFile {
    try openUnlinkedFile(path, in: root, owners: owners, changedAfter: start, limit: limit)
  }

  /// Seconds since 1970, rounded down by up to 2 s, of a time in nanoseconds since boot.
  private static func wallTime(ofStart start: UInt64) -> Int {
    let now = nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000_000
    let age = Int(clamping: now) - Int(clamping: start / 1_000_000_000)
    return Glibc.time(nil) - age - 1
  }
}

/// An open folder that paths are resolved in.
private final class HeldRoot {
  private let folder: FileDescriptor

  init(_ folder: consuming FileDescriptor) { self.folder = folder }

  /// A path that leads to the folder as long as this object lives.
  var path: String { "/proc/self/fd/\(folder.rawValue)" }
}
