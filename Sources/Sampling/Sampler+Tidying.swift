// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ProfileModel

extension Sampler {
  /// Lets go of what no sample can mean any more: those of what has ended have all been counted.
  mutating func tidy() {
    let asked: [Int: Set<UInt64>]
    do throws(SamplingError) {
      asked = try addressesOfEnded()
    } catch {
      // Nothing is lost but memory.
      return
    }
    table.tidy(keeping: asked)
    let mapped = table.mappedObjects()
    for object in objects.objects.indices where !mapped.contains(object) {
      if tables.releaseFile(of: object) { objects.held.release(object) }
    }
    // What a burst of records took: the C library would keep it.
    malloc_trim(0)
  }

  /// For each entry that has ended and has samples, the addresses that are to be looked up in what it
  /// had mapped.
  private func addressesOfEnded() throws(SamplingError) -> [Int: Set<UInt64>] {
    var asked: [Int: Set<UInt64>] = [:]
    var places: [(entry: Int, stack: fb_stack)] = []
    let stacks = try object.map("stacks")
    try object.map("counts").forEach(key: fb_count_key(), value: fb_count()) { key, count in
      guard let entry = table.endedEntryID(pid: Int32(bitPattern: key.pid), at: count.first_ns)
      else { return }
      asked[entry] = asked[entry] ?? []
      if key.flags & UInt32(FB_KEY_HAS_ADDRESSES) != 0,
        let stack = stacks.value(of: key.user_stack, zero: fb_stack())
      {
        places.append((entry, stack))
      }
    }
    let blocks = try StackBlocks(map: object.map("blocks"), holding: places.map(\.stack))
    for (entry, stack) in places {
      for case .address(let address) in blocks.frames(of: stack)?.frames ?? [] {
        asked[entry]?.insert(address)
      }
    }
    return asked
  }
}
