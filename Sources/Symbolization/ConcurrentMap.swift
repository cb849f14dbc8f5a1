// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Transforms all elements, on at most as many threads as there are CPUs online.
///
/// - Parameters:
///   - elements: begun in this order.
///   - threads: the most threads that are worth their start.
///   - context: called once on each thread; `body` gets what it returns.
///   - progress: called on the calling thread with the number of elements that are done, and of all.
/// - Returns: the results in the order of the elements.
func concurrentMap<Element: Sendable, Context, Result: Sendable>(
  _ elements: [Element], threads: Int = .max, context: @escaping @Sendable () -> Context,
  progress: ((Int, Int) -> Void)? = nil,
  _ body: @escaping @Sendable (Element, Context) -> Result
) -> [Result] {
  let results = Mutex<[Result?]>(Array(repeating: nil, count: elements.count))
  let next = Atomic<Int>(0)
  let done = Atomic<Int>(0)
  let queue = WorkQueue { report in
    let context = context()
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < elements.count else { return }
      report?(done.load(ordering: .relaxed), elements.count)
      let result = body(elements[index], context)
      results.withLock { $0[index] = result }
      done.wrappingAdd(1, ordering: .relaxed)
    }
  }
  let cores = max(sysconf(CInt(_SC_NPROCESSORS_ONLN)), 1)
  queue.run(threads: min(elements.count, threads, cores), progress)
  progress?(elements.count, elements.count)
  return results.withLock { $0.compactMap { $0 } }
}

/// Work that several threads do together until nothing is left.
private final class WorkQueue: Sendable {
  typealias Progress = (Int, Int) -> Void
  let work: @Sendable (_ progress: Progress?) -> Void

  init(_ work: @escaping @Sendable (_ progress: Progress?) -> Void) {
    self.work = work
  }

  /// Does the work, and returns when nothing is left. The calling thread is one of `threads`.
  func run(threads: Int, _ progress: Progress?) {
    var started: [pthread_t] = []
    for _ in 0..<max(threads - 1, 0) {
      var thread = pthread_t()
      let queue = Unmanaged.passRetained(self)
      // If a thread cannot be started, the others do its part.
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
  // Balances `passRetained` in `run`.
  if let queue { Unmanaged<WorkQueue>.fromOpaque(queue).takeRetainedValue().work(nil) }
  return nil
}
