// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// Programs that have ended and that samples refer to, stored compactly: half an hour of short
/// programs leaves tens of thousands of them.
struct EndedPrograms {
  struct Program {
    /// Id of its entry in the table of processes.
    var id: Int
    var pid: Int32
    /// When it ran, in monotonic nanoseconds.
    var from: UInt64
    var until: UInt64
    /// Index in `comms`.
    fileprivate var comm: Int32 = 0
    /// Indices in `mappings`.
    fileprivate var mappings: Range<Int32> = 0..<0

    init(id: Int, pid: Int32, from: UInt64, until: UInt64) {
      (self.id, self.pid, self.from, self.until) = (id, pid, from, until)
    }
  }

  /// Sorted by process id and start.
  private var programs: [Program] = []
  /// The mappings of all programs, one program after the other.
  private var mappings: [Mapping] = []
  /// Each name once.
  private var comms: [String] = []
  private var commIndices: [String: Int32] = [:]

  /// Adds a program.
  mutating func add(_ program: Program, comm: String, mappings: [Mapping]) {
    var program = program
    program.comm = commIndices[comm] ?? Int32(comms.count)
    if commIndices.updateValue(program.comm, forKey: comm) == nil { comms.append(comm) }
    program.mappings = Int32(self.mappings.count)..<Int32(self.mappings.count + mappings.count)
    self.mappings += mappings
    // Programs come nearly in order, so that little is moved.
    programs.insert(program, at: insertionIndex(program.pid, program.from))
  }

  /// The program that ran in a process at a time; nil if that one is not here.
  func program(pid: Int32, at time: UInt64) -> (id: Int, process: RecordedProcess)? {
    let index = insertionIndex(pid, time)
    guard index > 0, case let program = programs[index - 1], program.pid == pid,
      time < program.until
    else { return nil }
    let mapped = Int(program.mappings.lowerBound)..<Int(program.mappings.upperBound)
    return (
      program.id,
      RecordedProcess(
        pid: pid, startTime: 0, comm: comms[Int(program.comm)], mappings: Array(mappings[mapped]))
    )
  }

  /// Objects of the mappings of all programs.
  func mappedObjects() -> Set<ObjectIndex> { Set(mappings.lazy.map(\.object)) }

  /// Index of the first program behind those of `pid` that started at `time` or before.
  private func insertionIndex(_ pid: Int32, _ time: UInt64) -> Int {
    programs.partitioningIndex { ($0.pid, $0.from) > (pid, time) }
  }
}
