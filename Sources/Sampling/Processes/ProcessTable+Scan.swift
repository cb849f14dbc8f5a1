// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import System

/// What the table reads from `/proc`.
extension ProcessTable {
  /// Adds a process as `/proc` shows it now, and returns false if there is none.
  ///
  /// - Parameter time: when what it shows began; 0 is before sampling.
  @discardableResult
  mutating func addRunning(_ pid: Int32, since time: UInt64 = 0) -> Bool {
    guard let status = proc.status(pid) else { return false }
    var mappings: [Mapping] = []
    do throws(SystemError) {
      mappings = try readMappings(of: pid, since: time)
    } catch {
      if error.code == EACCES { deniedCount += 1 }
    }
    start(
      RecordedProcess(pid: pid, startTime: 0, comm: status.comm), LiveMappings(mappings), at: time)
    if let id = newestEntry(of: pid) {
      entries[id]?.scannedAt = monotonicNanoseconds()
      entries[id]?.mayHaveThreads = true
      entries[id]?.mainThreadHasEnded = status.threadHasEnded
    }
    return true
  }

  /// The processes to compare with `/proc` after records were lost: those that run as far as the table
  /// knows, and those that it does not know.
  func processesToCompare() -> [Int32] {
    var pids = byPID.keys.filter(isRunning)
    if case .all(let matches) = scope {
      pids += proc.processIDs().filter {
        !isRunning($0) && matches($0, proc.status($0)?.comm ?? "")
      }
    }
    return pids
  }

  /// Compares the table with `/proc` after records were lost, which may have been those of an exec or
  /// an exit: a process that has other mappings than the table has is added anew, one that is new
  /// is added, and one that is gone has ended.
  mutating func compare(_ pid: Int32, at time: UInt64) {
    // An error means that the process is gone, or that its mappings cannot be read this time either.
    let mapped = LiveMappings((try? readMappings(of: pid, since: time)) ?? []).all
    if let id = newestEntry(of: pid), let known = entries[id]?.live.all, isRunning(pid),
      mapped.elementsEqual(known, by: LiveMappings.areSame),
      !mapped.isEmpty || proc.status(pid) != nil
    {
      entries[id]?.mayHaveThreads = true
    } else if !addRunning(pid, since: time), let id = newestEntry(of: pid) {
      endProcess(id, pid: pid, at: time)
    }
  }

  /// Takes in what a process has mapped now, whose records of mappings and threads were left out.
  mutating func updateMappings(of pid: Int32, at time: UInt64) {
    guard let id = newestEntry(of: pid), entries[id]?.hasEnded == false else { return }
    let mapped = (try? readMappings(of: pid, since: time, most: Self.mostCaughtUp)) ?? []
    guard !mapped.isEmpty else {
      if proc.status(pid) == nil { endProcess(id, pid: pid, at: time) }
      return
    }
    entries[id]?.mayHaveThreads = true
    guard let change = entries[id]?.live.replaceAll(with: mapped, at: time) else { return }
    entries[id]?.keepEnded(change.removed)
    changes.append(.mapped(entry: id, pid: pid, change))
  }

  /// How many mappings `updateMappings` takes. Of more, those in the middle are left out: the program's
  /// own lie below, and its libraries above those that it has mapped last.
  private static let mostCaughtUp = 8192

  private func readMappings(
    of pid: Int32, since time: UInt64, most: Int = .max
  ) throws(SystemError) -> [Mapping] {
    var lines = try proc.executableMaps(pid)
    if lines.count > most { lines.removeSubrange(most / 2..<lines.count - most / 2) }
    let mappings = lines.map { line in
      let identity = FileIdentity(
        buildID: nil, deviceMajor: line.deviceMajor, deviceMinor: line.deviceMinor,
        inode: line.inode)
      return Mapping(
        start: line.start, end: line.end, fileOffset: line.fileOffset,
        object: objects.object(
          pid: pid, start: line.start, end: line.end, path: line.path, identity: identity,
          mappedAt: 0),
        from: time, isWritable: line.isWritable)
    }
    let live = LiveMappings(mappings)
    return mappings.map { mapping in
      copiedText(mapping, in: pid) { live.touching(mapping) } ?? mapping
    }
  }
}
