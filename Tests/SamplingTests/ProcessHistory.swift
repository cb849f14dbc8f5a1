// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import System

@testable import Sampling

/// Records and `/proc` entries of processes that do not exist, so that a test depends on no process of
/// the machine. Their ids are above the kernel's limit.
enum ProcessHistory {
  static let pid: Int32 = 4_100_001
  static let child: Int32 = 4_100_002

  static func map(
    _ path: String, _ start: UInt64, _ end: UInt64, offset: UInt64 = 0, pid: Int32 = pid,
    at time: UInt64
  ) -> SideBandRecord {
    let identity = FileIdentity(buildID: nil, deviceMajor: 8, deviceMinor: 1, inode: 42)
    return SideBandRecord(
      time: time,
      event: .map(
        .init(
          pid: pid, start: start, end: end, fileOffset: offset, identity: identity, path: path)))
  }

  static func exec(_ comm: String, pid: Int32 = pid, at time: UInt64) -> SideBandRecord {
    SideBandRecord(time: time, event: .comm(pid: pid, threadID: pid, comm: comm, isExec: true))
  }

  static func fork(_ pid: Int32, of parent: Int32, at time: UInt64) -> SideBandRecord {
    SideBandRecord(time: time, event: .fork(pid: pid, parent: parent))
  }

  /// The exit of a thread; of the main thread by default.
  static func exit(_ pid: Int32, thread: Int32? = nil, at time: UInt64) -> SideBandRecord {
    SideBandRecord(time: time, event: .exit(pid: pid, threadID: thread ?? pid))
  }
}

/// A table of processes, with the objects that it refers to.
struct TableFixture {
  var table: ProcessTable
  let objects = ObjectTable(limit: 10)

  init(
    _ records: [SideBandRecord] = [], scope: ProcessTable.Scope = .all { _, _ in true },
    proc: FakeProc = FakeProc()
  ) {
    table = ProcessTable(objects: objects, scope: scope, proc: proc.reader)
    for record in records { table.apply(record) }
  }

  /// The paths that are mapped at an address and a time.
  func paths(
    pid: Int32 = ProcessHistory.pid, _ address: UInt64, at time: UInt64
  ) -> [String] {
    let mappings = table.entry(pid: pid, at: time)?.process.mappings ?? []
    return mappings.filter {
      $0.start <= address && address < $0.end && $0.from <= time && time < $0.until
    }.map { objects.objects[$0.object].path }
  }
}

/// A `/proc` with the given processes.
final class FakeProc {
  struct Process {
    var comm = "p"
    var threadCount = 1
    /// Of the main thread.
    var state: Character = "S"
    var maps: [MapsLine] = []
    /// Thrown when the mappings are read; 0 if they can be.
    var mapsError: CInt = 0
    /// The bytes from address 0 on.
    var memory: [UInt8] = []
  }

  var processes: [Int32: Process]

  init(_ processes: [Int32: Process] = [:]) { self.processes = processes }

  var reader: ProcReader {
    ProcReader(
      processIDs: { self.processes.keys.sorted() },
      status: { pid in
        self.processes[pid].flatMap { process in
          let fields = (3...52).map {
            $0 == 3 ? "\(process.state)" : $0 == 20 ? "\(process.threadCount)" : "1"
          }
          let line = "\(pid) (\(process.comm)) \(fields.joined(separator: " "))\n"
          return ProcessStatus(parsing: Array(line.utf8))
        }
      },
      executableMaps: { (pid) throws(SystemError) in
        guard let process = self.processes[pid] else {
          throw SystemError(operation: "open", code: ENOENT)
        }
        guard process.mapsError == 0 else {
          throw SystemError(operation: "open", code: process.mapsError)
        }
        return process.maps
      },
      memory: { pid, address, count in
        guard let memory = self.processes[pid]?.memory, address + UInt64(count) <= memory.count
        else { return nil }
        return Array(memory[Int(address)...].prefix(count))
      })
  }

  /// An executable line of `/proc/PID/maps`.
  static func line(_ path: String, _ start: UInt64, _ end: UInt64) -> MapsLine {
    MapsLine(
      start: start, end: end, fileOffset: 0, deviceMajor: 8, deviceMinor: 1, inode: 42, path: path)
  }
}
