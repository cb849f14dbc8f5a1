// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Does the same with many things, on as many threads as there are cores.
///
/// - Parameters:
///   - things: begun in this order.
///   - threads: as many as are worth their start, at most.
///   - context: makes what each thread has for itself.
///   - progress: called on the calling thread with the number of things that are done, and of all.
/// - Returns: the results in the order of the things.
func concurrentMap<Thing: Sendable, Context, Result: Sendable>(
  _ things: [Thing], threads: Int = .max, context: @escaping @Sendable () -> Context,
  progress: ((Int, Int) -> Void)? = nil,
  _ body: @escaping @Sendable (Thing, Context) -> Result
) -> [Result] {
  let results = Mutex<[Result?]>(Array(repeating: nil, count: things.count))
  let next = Atomic<Int>(0)
  let done = Atomic<Int>(0)
  let queue = WorkQueue { report in
    let context = context()
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < things.count else { return }
      report?(done.load(ordering: .relaxed), things.count)
      let result = body(things[index], context)
      results.withLock { $0[index] = result }
      done.wrappingAdd(1, ordering: .relaxed)
    }
  }
  let cores = max(sysconf(CInt(_SC_NPROCESSORS_ONLN)), 1)
  queue.run(threads: min(things.count, threads, cores), progress)
  progress?(things.count, things.count)
  return results.withLock { $0.compactMap { $0 } }
}

/// Work that several threads take from.
private final class WorkQueue: Sendable {
  typealias Progress = (Int, Int) -> Void
  let work: @Sendable (_ progress: Progress?) -> Void

  init(_ work: @escaping @Sendable (_ progress: Progress?) -> Void) {
    self.work = work
  }

  /// Returns when there is nothing left to do. The calling thread is one of `threads`.
  func run(threads: Int, _ progress: Progress?) {
    var started: [pthread_t] = []
    for _ in 0..<max(threads - 1, 0) {
      var thread = pthread_t()
      let queue = Unmanaged.passRetained(self)
      // Without a thread the others do its part.
      if pthread_create(&thread, nil, takeFromQueue, queue.toOpaque()) == 0 {
        started.append(thread)
      } else {
        queue.release()
      }
    }
    work(progress)
    for thread in started { pthread_join(thread, nil) }
  }
}

private func takeFromQueue(_ queue: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // Retained for this thread when it was started.
  if let queue { Unmanaged<WorkQueue>.fromOpaque(queue).takeRetainedValue().work(nil) }
  return nil
}
