// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Programs that have ended, and of each no more than its samples ask for: in half an hour of short
/// programs there are ten thousands of them.
struct PastPrograms {
  struct Program {
    /// Of its entry in the table of processes.
    var id: Int
    var pid: Int32
    var from: UInt64
    var until: UInt64
    fileprivate var comm: Int32 = 0
    fileprivate var mappings: Range<Int32> = 0..<0

    init(id: Int, pid: Int32, from: UInt64, until: UInt64) {
      (self.id, self.pid, self.from, self.until) = (id, pid, from, until)
    }
  }

  private var programs: [Program] = []
  /// Of all programs, one behind the other.
  private var mappings: [Mapping] = []
  private var comms: [String] = []
  private var numbers: [String: Int32] = [:]

  mutating func take(_ program: Program, comm: String, mappings: [Mapping]) {
    var program = program
    program.comm = numbers[comm] ?? Int32(comms.count)
    if numbers.updateValue(program.comm, forKey: comm) == nil { comms.append(comm) }
    program.mappings = Int32(self.mappings.count)..<Int32(self.mappings.count + mappings.count)
    self.mappings += mappings
    // They come nearly in order: there is little to move.
    programs.insert(program, at: place(behind: program.pid, program.from))
  }

  /// What ran at a time under a process id. Later it was something else, or something that was forgotten.
  func program(pid: Int32, at time: UInt64) -> (id: Int, process: RecordedProcess)? {
    let place = place(behind: pid, time)
    guard place > 0, case let program = programs[place - 1], program.pid == pid,
      time < program.until
    else { return nil }
    let mapped = Int(program.mappings.lowerBound)..<Int(program.mappings.upperBound)
    return (
      program.id,
      RecordedProcess(
        pid: pid, startTime: 0, comm: comms[Int(program.comm)], mappings: Array(mappings[mapped]))
    )
  }

  func mappedObjects() -> Set<ObjectIndex> { Set(mappings.lazy.map(\.object)) }

  private func place(behind pid: Int32, _ time: UInt64) -> Int {
    var low = 0
    var high = programs.count
    while low < high {
      let middle = (low + high) / 2
      let program = programs[middle]
      if (program.pid, program.from) <= (pid, time) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
