// SPDX-License-Identifier: Apache-2.0

/// The part of `/proc/PID/stat` that matters here (proc(5)).
public struct ProcessStatus: Hashable {
  var comm: String
  /// `R`, `S`, `D`, `Z`, `T`, …
  public var state: UInt8
  var parent: Int32
  /// The main thread counts until the last one has ended.
  var threadCount: Int
  /// Clock ticks since boot.
  var startTicks: UInt64

  var isZombie: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

  /// Its main thread is, or waits for a CPU.
  var isRunning: Bool { state == UInt8(ascii: "R") }

  public init?(pid: Int32) {
    guard let bytes = ProcFile.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
    self.init(parsing: bytes)
  }

  /// `PID (COMM) STATE PPID …`. The comm may hold anything, blanks and brackets too, so it ends at
  /// the last bracket.
  init?(parsing bytes: [UInt8]) {
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
      let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close
    else { return nil }
    let fields = bytes[(close + 1)...].split(separator: UInt8(ascii: " "))
    // Fields 3, 4, 20 and 22 of proc(5); the first two are behind us.
    guard fields.count > 19, let state = fields[0].first,
      let parent = Int32(String(decoding: fields[1], as: UTF8.self)),
      let threadCount = Int(String(decoding: fields[17], as: UTF8.self)),
      let startTicks = UInt64(String(decoding: fields[19], as: UTF8.self))
    else { return nil }
    comm = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
    self.state = state
    self.parent = parent
    self.threadCount = threadCount
    self.startTicks = startTicks
  }
}

/// All processes below `roots`, the roots included, as far as /proc shows the parents.
func descendants(of roots: [Int32]) -> Set<Int32> {
  guard !roots.isEmpty else { return [] }
  var children: [Int32: [Int32]] = [:]
  for pid in ProcFile.processIDs() {
    guard let status = ProcessStatus(pid: pid) else { continue }
    children[status.parent, default: []].append(pid)
  }
  var found = Set(roots)
  var waiting = roots
  while let pid = waiting.popLast() {
    for child in children[pid, default: []] where found.insert(child).inserted {
      waiting.append(child)
    }
  }
  return found
}
