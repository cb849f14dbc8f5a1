// SPDX-License-Identifier: Apache-2.0

import FlamebackCommand
import Glibc

/// The program with switches for tests and benchmarks, which environment variables set. It is not
/// shipped.
@main
enum TestingProgram {
  static func main() {
    var switches = TestSwitches()
    // Shortens the ids of stacks, which makes collisions frequent.
    switches.stackIDBits = variable("FLAMEBACK_HASH_BITS").flatMap { Int($0) }
    // The capacity for times of samples.
    switches.maximumTimes = variable("FLAMEBACK_TIMES").flatMap { Int($0) }
    // Nanoseconds that each unwind table takes longer.
    switches.tableDelay = variable("FLAMEBACK_TABLE_DELAY").flatMap { UInt64($0) }
    // Compares the cost of unwinding with that of the kernel's own helper.
    switches.isTrial = variable("FLAMEBACK_TRIAL") != nil
    // Makes the worker fail that reads a file of this name: see `WorkerFault`.
    switches.workerArguments = variable("FLAMEBACK_WORKER_FAULT").map { [$0] } ?? []
    switches.prepareWorker = { task in
      // Workers have no environment.
      CommandLine.arguments.dropFirst().first.flatMap(WorkerFault.init)?.strike(at: task)
    }
    Program.run(switches)
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
