// SPDX-License-Identifier: Apache-2.0

/// The sum of all samples that have the same stack, in threads of the same name.
package struct ThreadStack: Hashable, Sendable {
  /// The name of the threads, untrusted text; nil if the input has no threads.
  package var comm: String?
  /// The index of the stack in `Profile.stacks`.
  package var stack: Int
  /// The sum of the samples' values in the shown metric.
  package var count: UInt64
}

extension Profile {
  /// Returns whether the thread of a sample is known. Samples of inputs that have stacks only have
  /// an empty thread name and a process id of -1: their threads are not known.
  package func hasThread(_ sample: Sample) -> Bool {
    !sample.comm.isEmpty || processes[sample.process].pid >= 0
  }

  /// Adds up samples that differ in their process and thread ids only, for outputs without ids,
  /// such as folded stacks and flame graphs.
  ///
  /// - Returns: An element for each pair of a thread name and a stack, in the order of their first
  ///   samples.
  package func threadStacks() -> [ThreadStack] {
    struct Key: Hashable {
      var comm: Int
      var stack: Int
    }
    var comms: [String?: Int] = [:]
    var places: [Key: Int] = [:]
    var result: [ThreadStack] = []
    for sample in samples {
      let name = hasThread(sample) ? sample.comm : nil
      let comm = comms[name] ?? comms.count
      comms[name] = comm
      let place = places[Key(comm: comm, stack: sample.stack)]
      if let place {
        result[place].count += self.count(of: sample)
      } else {
        places[Key(comm: comm, stack: sample.stack)] = result.count
        result.append(ThreadStack(comm: name, stack: sample.stack, count: self.count(of: sample)))
      }
    }
    return result
  }
}
