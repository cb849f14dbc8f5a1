// SPDX-License-Identifier: Apache-2.0

/// A stack of all threads of one name, counted.
public struct ThreadStack: Hashable, Sendable {
  /// Name of the threads, untrusted text; nil if the input has no threads.
  public var comm: String?
  /// Index in `Profile.stacks`.
  public var stack: Int
  /// In the shown metric.
  public var count: UInt64
}

extension Profile {
  /// Whether a sample's thread is known: some inputs of `report` have stacks only.
  public func hasThread(_ sample: Sample) -> Bool {
    !sample.comm.isEmpty || processes[sample.process].pid >= 0
  }

  /// The samples without process and thread ids, which folded text and flame graphs do not show,
  /// in the order in which they first come.
  public func threadStacks() -> [ThreadStack] {
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
