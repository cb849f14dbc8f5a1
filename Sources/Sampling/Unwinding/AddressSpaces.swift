// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import ProfileModel

/// Tells the program what each process has mapped, so that it can unwind.
///
/// What is mapped is told once for a *space*; a child shares its parent's space until one of them
/// maps something. So a fork costs nothing here: the program itself points the child there.
struct AddressSpaces {
  private struct Space {
    var users = 1
    /// Of `mappings`: what the program remembers of its frames holds for one of them.
    var generation: UInt32 = 0
    /// By start.
    var mappings: [UInt64: Mapping]
  }

  private let spaceMap: BPFMap
  private let mappingMap: BPFMap
  private var spaces: [UInt32: Space] = [:]
  /// Entry of the table of processes -> space.
  private var spaceOfEntry: [Int: UInt32] = [:]
  /// 0 says that nothing is known.
  private var nextID: UInt32 = 1
  /// Tables are built when something is mapped; else when a sample needs them.
  private let buildsAtOnce: Bool
  /// Mappings and processes that the program could not be told of, since its maps are full.
  private(set) var untold = 0

  init(_ program: borrowing BPFObject, buildsAtOnce: Bool) throws(SamplingError) {
    spaceMap = try program.map("spaces")
    mappingMap = try program.map("mappings")
    self.buildsAtOnce = buildsAtOnce
  }

  mutating func apply(_ change: ProcessTable.Change, _ tables: inout UnwindTables) {
    switch change {
    case .started(let entry, let pid, let mappings):
      let id = open(mappings, &tables)
      spaceOfEntry[entry] = id
      point(pid, to: id)
    case .forked(let entry, let pid, let parent):
      guard let id = spaceOfEntry[parent] else { return }
      spaceOfEntry[entry] = id
      spaces[id]?.users += 1
      // The program has done so itself, unless the parent's space was not yet told.
      point(pid, to: id, onlyIfNone: true)
    case .mapped(let entry, let pid, let change):
      remap(entry, pid, change, &tables)
    case .ended(let entry):
      guard let id = spaceOfEntry.removeValue(forKey: entry) else { return }
      leave(id)
    case .exited(let pid):
      // The program did so at the exit itself, but what is told late comes back: short-lived
      // processes would fill the map. A fork that took over the id since is told of behind this.
      spaceMap.delete(UInt32(bitPattern: pid))
    }
  }

  private mutating func remap(
    _ entry: Int, _ pid: Int32, _ change: LiveMappings.Change, _ tables: inout UnwindTables
  ) {
    guard let id = spaceOfEntry[entry], let space = spaces[id] else { return }
    if space.users > 1, !change.isKnown {
      // The others keep what they have.
      var mappings = space.mappings
      for mapping in change.gone { mappings[mapping.start] = nil }
      leave(id)
      let own = open(mappings.values + change.added, &tables)
      spaceOfEntry[entry] = own
      point(pid, to: own)
      return
    }
    for mapping in change.gone {
      forget(mapping, in: id)
      spaces[id]?.mappings[mapping.start] = nil
    }
    tell(change.added, in: id, &tables)
    for mapping in change.added { spaces[id]?.mappings[mapping.start] = mapping }
    if !change.gone.isEmpty {
      // Only now that `mappings` is true: or the program would remember what is gone for good.
      spaces[id]?.generation += 1
      point(pid, to: id)
    }
  }

  private mutating func open(_ mappings: [Mapping], _ tables: inout UnwindTables) -> UInt32 {
    let id = nextID
    nextID += 1
    tell(mappings, in: id, &tables)
    spaces[id] = Space(mappings: Dictionary(mappings.map { ($0.start, $0) }) { _, new in new })
    return id
  }

  private mutating func tell(
    _ mappings: [Mapping], in id: UInt32, _ tables: inout UnwindTables
  ) {
    for mapping in mappings {
      tell(mapping, in: id, &tables)
      if buildsAtOnce { tables.queue(mapping.object) }
    }
  }

  private mutating func leave(_ id: UInt32) {
    guard let space = spaces[id] else { return }
    if space.users > 1 {
      spaces[id]?.users -= 1
    } else {
      spaces[id] = nil
      for mapping in space.mappings.values { forget(mapping, in: id) }
    }
  }

  private mutating func point(_ pid: Int32, to id: UInt32, onlyIfNone: Bool = false) {
    let key = UInt32(bitPattern: pid)
    let space = fb_process_space(
      space: fb_space(id: id, generation: spaces[id]?.generation ?? 0),
      changed: UInt32(stampOf: monotonicNanoseconds()), unused: 0)
    do throws(SamplingError) {
      if onlyIfNone {
        try spaceMap.updateIfNew(key, space)
      } else {
        try spaceMap.update(key, space)
      }
    } catch {
      // More processes than there is room for: their stacks say that nothing is mapped.
      untold += 1
    }
  }

  private mutating func tell(_ mapping: Mapping, in id: UInt32, _ tables: inout UnwindTables) {
    // A frame has 22 bits for its object: a greater number would name another one.
    guard mapping.object < 1 << 22 else {
      untold += 1
      return
    }
    var told = fb_mapping()
    told.begin = mapping.start
    told.end = mapping.end
    told.offset_bias = mapping.start &- mapping.fileOffset
    told.object =
      tables.isAnonymous(mapping.object)
      ? FB_OBJECT_NONE : UInt32(truncatingIfNeeded: mapping.object)
    // What the first look has seen was there before anything that is mapped from now on.
    told.since = UInt32(stampOf: mapping.from > 0 ? mapping.from : monotonicNanoseconds())
    if let address = tables.linkAddress(of: mapping) {
      told.link_bias = mapping.start &- address
    }
    for block in AddressBlocks(start: mapping.start, end: mapping.end) {
      do throws(SamplingError) {
        try mappingMap.update(key(block, id), told)
      } catch {
        untold += 1
        return
      }
    }
  }

  private func forget(_ mapping: Mapping, in id: UInt32) {
    for block in AddressBlocks(start: mapping.start, end: mapping.end) {
      mappingMap.delete(key(block, id))
    }
  }

  private func key(_ block: AddressBlocks.Block, _ id: UInt32) -> fb_mapping_key {
    fb_mapping_key(
      prefix_length: 32 + block.prefixLength, space: id, address: block.address.bigEndian)
  }
}
