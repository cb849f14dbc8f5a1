// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What worker processes have used, and how often a second one had to read a file, summed over all
/// threads that own workers.
final class WorkerCosts: Sendable {
  private let costs = Mutex<[ParsingWorker.Cost]>([])
  private let reread = Mutex<UInt64>(0)

  func add(_ cost: ParsingWorker.Cost) { costs.withLock { $0.append(cost) } }

  /// Counts a file that the second reader has read, since the worker of the first one failed.
  func countRereadFile() { reread.withLock { $0 += 1 } }

  /// User and system time of all workers.
  var cpuSeconds: Double { costs.withLock { $0.reduce(0) { $0 + $1.cpuSeconds } } }
  /// Peak resident memory of the largest worker; 0 without workers.
  var peakBytes: UInt64 { costs.withLock { $0.map(\.peakBytes).max() ?? 0 } }
  /// How many files the second reader has read, since the worker of the first one failed.
  var rereadFiles: UInt64 { reread.withLock { $0 } }
}
