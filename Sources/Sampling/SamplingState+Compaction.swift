// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ProfileModel

extension SamplingState {
  /// Forgets ended processes that no sample refers to. No sample of them can come any more.
  mutating func compactProcesses() {
    let addresses: [Int: Set<UInt64>]
    do throws(SamplingError) {
      addresses = try addressesOfEnded()
    } catch {
      // The table stays as large as it is, and the next attempt may succeed.
      return
    }
    processes.compact(keeping: addresses)
    // Returns to the kernel what a burst of records took; the C library would keep it.
    malloc_trim(0)
  }

  /// For each entry of the table that has ended and has samples, the addresses to be looked up in its
  /// mappings.
  private func addressesOfEnded() throws(SamplingError) -> [Int: Set<UInt64>] {
    var addresses: [Int: Set<UInt64>] = [:]
    var found: [(entry: Int, stack: fb_stack)] = []
    let stacks = try bpf.map(.stacks)
    try bpf.map(.counts).forEach(key: fb_count_key(), value: fb_count()) { key, count in
      guard
        let entry = processes.table.endedEntryID(
          pid: Int32(bitPattern: key.pid), at: count.first_ns)
      else { return }
      addresses[entry] = addresses[entry] ?? []
      if key.flags & UInt32(FB_KEY_HAS_ADDRESSES) != 0,
        let stack = stacks.value(of: key.user_stack, zero: fb_stack())
      {
        found.append((entry, stack))
      }
    }
    let blocks = try StackBlocks(map: bpf.map(.blocks), holding: found.map(\.stack))
    for (entry, stack) in found {
      for case .address(let address) in blocks.frames(of: stack)?.frames ?? [] {
        addresses[entry]?.insert(address)
      }
    }
    return addresses
  }
}
