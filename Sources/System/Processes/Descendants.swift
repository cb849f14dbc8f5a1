// SPDX-License-Identifier: Apache-2.0

/// Returns the ids in `roots` and those of all descendants that `/proc` shows of these processes.
///
/// To find the children of a process, the parents of all processes are read. Most processes have
/// none, which a few reads can show.
///
/// - Parameter roots: Process ids, in the pid namespace that `/proc` shows.
package func descendants(of roots: [Int32]) -> Set<Int32> {
  var found = Set(roots)
  guard !roots.allSatisfy(isChildless) else { return found }
  var children: [Int32: [Int32]] = [:]
  for pid in ProcFile.processIDs() {
    guard let status = ProcessStatus(pid: pid) else { continue }
    children[status.parent, default: []].append(pid)
  }
  var waiting = roots
  while let pid = waiting.popLast() {
    for child in children[pid, default: []] where found.insert(child).inserted {
      waiting.append(child)
    }
  }
  return found
}

/// A process with more threads is not asked for the children of each.
private let mostThreads = 32

/// Whether a process is known to have no children. The kernel's list of the children of a thread may
/// lack some while others end, but it begins with the first one: so an empty list is true.
func isChildless(_ pid: Int32) -> Bool {
  // All are listed before the first one is read: a thread that ends leaves its children to another.
  let threads = Array(ProcessThreads(of: pid))
  guard threads.count <= mostThreads,
    threads.allSatisfy({
      ProcFile.read("/proc/\(pid)/task/\($0)/children", limit: 1)?.isEmpty ?? false
    })
  else { return false }
  return Set(threads).isSubset(of: Array(ProcessThreads(of: pid)))
}
