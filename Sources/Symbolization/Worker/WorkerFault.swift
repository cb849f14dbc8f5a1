// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What hostile files could do, done on purpose: for tests, which name a module whose worker fails.
struct WorkerFault {
  /// `crash:NAME`, `hang:NAME`, `linger:NAME` or `memory:NAME`, where NAME is a file's without its folder, or
  /// `*`.
  static let variable = "FLAMEBACK_WORKER_FAULT"

  private enum Kind: String {
    case crash
    case hang
    case linger
    case memory
  }

  private let kind: Kind
  private let module: String

  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2, let kind = Kind(rawValue: parts[0]) else { return nil }
    self.kind = kind
    module = parts[1]
  }

  /// Symbols alone take neither long nor much memory.
  func strike(at task: WorkerTask) {
    guard kind == .crash || kind == .linger || task.options.debugLimit > 0 else { return }
    guard module == "*" || task.path.split(separator: "/").last.map(String.init) == module else {
      return
    }
    switch kind {
    case .crash:
      // A trap, which is what a defect of a Swift parser would be.
      fatalError("as asked for")
    case .linger, .hang:
      // As one does that was told to end and cannot.
      if kind == .linger { close(OwnProgram.descriptor) }
      // A loop that only counts is none to an optimizing compiler.
      var time = timespec()
      while time.tv_sec >= 0 { clock_gettime(CLOCK_MONOTONIC, &time) }
    case .memory:
      var blocks: [[UInt8]] = []
      while blocks.count < .max { blocks.append([UInt8](repeating: 1, count: 1 << 20)) }
    }
  }
}
