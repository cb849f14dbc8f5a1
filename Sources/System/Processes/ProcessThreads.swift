// SPDX-License-Identifier: Apache-2.0

/// The threads of a process through which `/proc` shows what all of them share: mappings, root
/// folder, cgroup. First the main thread, whose id is that of the process; then the others, in no
/// order, which are listed only if the caller asks for more than the first.
///
/// A process goes on when its main thread has ended (pthread_exit(3)). Files such as `maps` and
/// `map_files` of `/proc/PID` are empty from then on, and links such as `root` lead nowhere; those
/// of a thread that lives are as before.
package struct ProcessThreads: Sequence, IteratorProtocol {
  private let pid: Int32
  private var others: IndexingIterator<[Int32]>?
  private var hasBegun = false

  /// - Parameter pid: The process id, in the pid namespace that `/proc` shows. If there is no such
  ///   process, the sequence has this id only.
  package init(of pid: Int32) { self.pid = pid }

  /// The id of the next thread; nil if there are no more.
  package mutating func next() -> Int32? {
    guard hasBegun else {
      hasBegun = true
      return pid
    }
    if others == nil {
      let ids = entries(ofFolder: "/proc/\(pid)/task").compactMap { Int32($0.name) }
      others = ids.filter { $0 != pid }.makeIterator()
    }
    return others?.next()
  }

  /// The id of a thread that lives: of the main thread, unless it has ended and others go on. It may
  /// end at any moment, as all threads.
  ///
  /// - Parameter pid: The process id, in the pid namespace that `/proc` shows. It is the result, too,
  ///   if there is no such process.
  package static func living(of pid: Int32) -> Int32 {
    ProcessThreads(of: pid).first { thread in
      ProcessStatus(thread: thread, of: pid).map { !$0.threadHasEnded } ?? false
    } ?? pid
  }
}
