// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What worker processes have used, summed over all threads that own one.
final class WorkerCosts: Sendable {
  private let costs = Mutex<[ParsingWorker.Cost]>([])

  func add(_ cost: ParsingWorker.Cost) { costs.withLock { $0.append(cost) } }

  /// User and system time of all workers.
  var cpuSeconds: Double { costs.withLock { $0.reduce(0) { $0 + $1.cpuSeconds } } }
  /// Peak resident memory of the largest worker; 0 without workers.
  var peakBytes: UInt64 { costs.withLock { $0.map(\.peakBytes).max() ?? 0 } }
}
