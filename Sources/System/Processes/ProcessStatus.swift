// SPDX-License-Identifier: Apache-2.0

/// The fields of `/proc/PID/stat` (proc(5)) that flameback needs: of a process, and the name and
/// state of its main thread, or of another of its threads.
package struct ProcessStatus: Hashable, Sendable {
  /// The name of the thread, at most 15 bytes, or 63 for threads of the kernel. Untrusted text.
  package var comm: String
  /// The state of the thread, an ASCII letter: `R`, `S`, `D`, `Z`, `T`, …
  package var state: UInt8
  /// The process id of the parent; 0 if there is none.
  package var parent: Int32
  /// The number of threads of the process. A main thread that has ended counts until the last of
  /// the other threads has ended.
  package var threadCount: Int
  /// The time when the process started, in clock ticks (10 ms) since boot.
  package var startTicks: UInt64

  /// Whether the thread has ended. If it is the main thread, the process may go on without it.
  package var threadHasEnded: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

  /// Whether the process has ended, with all its threads, and its parent has not waited for it yet.
  package var isZombie: Bool { threadHasEnded && threadCount <= 1 }

  /// Whether the thread runs or waits for a CPU.
  package var isRunning: Bool { state == UInt8(ascii: "R") }

  /// Reads `/proc/PID/stat`; nil if it cannot be read: the process has ended, or `/proc` hides it.
  ///
  /// - Parameter pid: The process id, in the pid namespace that `/proc` shows.
  package init?(pid: Int32) {
    guard let bytes = ProcFile.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
    self.init(parsing: bytes)
  }

  /// Reads `/proc/PID/task/TID/stat`; nil if it cannot be read: the thread has ended, or `/proc`
  /// hides it.
  ///
  /// - Parameters:
  ///   - thread: The thread id.
  ///   - pid: The id of its process, in the pid namespace that `/proc` shows, as for `thread`.
  package init?(thread: Int32, of pid: Int32) {
    guard let bytes = ProcFile.read("/proc/\(pid)/task/\(thread)/stat", limit: 4096) else {
      return nil
    }
    self.init(parsing: bytes)
  }

  /// Parses the text of `/proc/PID/stat`, `PID (COMM) STATE PPID …`; nil if it has another form.
  ///
  /// The comm may hold any bytes, blanks and parentheses too, so it ends at the last parenthesis.
  package init?(parsing bytes: [UInt8]) {
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
      let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close
    else { return nil }
    let fields = bytes[(close + 1)...].split(separator: UInt8(ascii: " "))
    // Fields 3, 4, 20 and 22 of proc(5); the first two stand before `fields`.
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
