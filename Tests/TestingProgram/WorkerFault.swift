// SPDX-License-Identifier: Apache-2.0

import Glibc
import Symbolization

/// A failure of a worker, as a hostile file could cause it, caused on purpose.
struct WorkerFault {
  private enum Kind: String {
    /// A trap.
    case crash
    /// An endless loop.
    case hang
    /// The same after closing the socket, as a process that is about to end and does not.
    case linger
    /// Memory without end.
    case memory
  }

  private let kind: Kind
  /// Nil for both.
  private let reader: DebugReader?
  private let module: String

  /// Nil where the text is not valid.
  ///
  /// - Parameter text: `crash:NAME`, `hang:NAME`, `linger:NAME` or `memory:NAME`. NAME is the last
  ///   component of a module's path, or `*` for all modules. `crash-own:NAME` strikes only where the own
  ///   reader of debug information is used, `crash-libdw:NAME` only where libdw is; the others likewise.
  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let words = parts.first?.split(separator: "-").map(String.init) ?? []
    guard parts.count == 2, let kind = words.first.flatMap(Kind.init) else { return nil }
    self.kind = kind
    reader = words.count > 1 ? DebugReader(rawValue: words[1]) : nil
    module = parts[1]
  }

  /// Fails if the task is of the module; does not return then. A task by symbols alone neither hangs
  /// nor takes memory: it is what is tried after that.
  func strike(at task: WorkerTask) {
    guard reader == nil || reader == task.options.debugReader else { return }
    guard kind == .crash || kind == .linger || task.options.debugLimit > 0 else { return }
    guard module == "*" || task.path.split(separator: "/").last.map(String.init) == module else {
      return
    }
    switch kind {
    case .crash:
      // As a defect in a Swift parser would trap.
      fatalError("requested by a test")
    case .linger, .hang:
      if kind == .linger { close(WorkerService.socket) }
      // With a system call, since the compiler may remove a loop without effects.
      var time = timespec()
      while time.tv_sec >= 0 { clock_gettime(CLOCK_MONOTONIC, &time) }
    case .memory:
      var blocks: [[UInt8]] = []
      while blocks.count < .max { blocks.append([UInt8](repeating: 1, count: 1 << 20)) }
    }
  }
}
