// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ProfileModel
import System

/// The BPF maps `spaces` and `mappings`: what each process has mapped, for the unwinder.
///
/// Mappings are entered once for a *space*. A child shares its parent's space until one of them maps
/// something, so that a fork costs nothing here: the BPF program gives the child its parent's space.
///
/// Where the BPF program can ask the kernel, a program that has just started waits before it is entered.
/// Most programs of a build or of a shell script have ended by then, and cost nothing here.
struct SpaceMaps {
  private struct Space {
    /// Entries of the table of processes that share it, with their processes.
    var users: [Int: Int32]
    /// Whether it is in the maps.
    var isPublished: Bool
    /// The user of its processes, once it is published; nil if not known.
    var user: uid_t?
    /// Entries of the map that each published mapping has, by its start.
    var published: [UInt64: Int] = [:]
    /// Version of the space. What the BPF program remembers of frames holds for one version.
    var generation: UInt32 = 0
    /// When the last process was entered with it here, in monotonic nanoseconds: of a child that was
    /// forked later the BPF program has made the entry itself.
    var publishedAt = UInt64.max
    /// By start.
    private(set) var mappings: [UInt64: Mapping] = [:]
    /// Pages of the mappings, as the kernel counts them for the process.
    private(set) var codePages: UInt32 = 0

    init(_ mappings: some Sequence<Mapping>, of pid: Int32, entry: Int, isPublished: Bool) {
      users = [entry: pid]
      self.isPublished = isPublished
      for mapping in mappings { add(mapping) }
    }

    mutating func add(_ mapping: Mapping) {
      remove(mapping.start)
      mappings[mapping.start] = mapping
      codePages &+= mapping.codePages
    }

    mutating func remove(_ start: UInt64) {
      codePages &-= mappings.removeValue(forKey: start)?.codePages ?? 0
    }
  }

  private let spaceMap: BPFMap
  private let mappingMap: BPFMap
  private var spaces: [UInt32: Space] = [:]
  /// The space of each entry of the table of processes.
  private var spaceOfEntry: [Int: UInt32] = [:]
  /// Id of the next space. 0 means that nothing is known of the process.
  private var nextID: UInt32 = 1
  /// Processes whose entries were written here, and not only by the BPF program.
  private var written: Set<Int32> = []
  /// Spaces that are not published yet, each with the time when it will be, in monotonic nanoseconds and
  /// in order. The first one has not ended.
  private var waiting: [(due: UInt64, space: UInt32)] = []
  /// How long a new program waits, in nanoseconds: as long as few samples hit it; 0 where the kernel
  /// cannot be asked.
  private let patience: UInt64 = KernelSettings.isRecent ? 50_000_000 : 0
  /// Whether unwind tables are built when a file is mapped; else when a sample needs them.
  private let buildsAtOnce: Bool
  /// Mappings and processes that are not in the maps because these are full, or because their process or
  /// user has more than a share.
  private(set) var unpublishedCount = 0
  /// Shares of the map `mappings`; the process is a space.
  private var mappingShares: Shares
  /// Shares of the map `spaces`; the process is a space.
  private var processShares: Shares
  /// The processes that have an entry in the map `spaces`, also those that the BPF program has entered.
  private var entered: [Int32: Shares.Owner] = [:]
  private let user: (Int32) -> uid_t?

  /// - Parameters:
  ///   - buildsAtOnce: whether unwind tables are built when a file is mapped.
  ///   - limits: those of the BPF program; tests pass smaller ones.
  init(
    _ bpf: borrowing BPFObject, buildsAtOnce: Bool, limits: SpaceLimits = .init()
  ) throws(SamplingError) {
    spaceMap = try bpf.map(.spaces)
    mappingMap = try bpf.map(.mappings)
    self.buildsAtOnce = buildsAtOnce
    mappingShares = Shares(capacity: limits.mappings)
    processShares = Shares(capacity: limits.processes)
    user = limits.user
  }

  mutating func apply(_ change: ProcessChange, _ tables: inout UnwindTables) {
    switch change {
    case .started(let entry, let pid, let mappings):
      // What was found in `/proc` has run for longer.
      let waits = patience > 0 && mappings.isEmpty
      let id = makeSpace(mappings, of: pid, entry: entry, waits: waits, &tables)
      // Of the program before, by an update of ours that came later than the exec.
      if waits, written.remove(pid) != nil { spaceMap.delete(UInt32(bitPattern: pid)) }
      publish(pid, in: id)
    case .forked(let entry, let pid, let parent, let time):
      guard let id = spaceOfEntry[parent], let space = spaces[id] else { return }
      spaceOfEntry[entry] = id
      spaces[id]?.users[entry] = pid
      if time < space.publishedAt {
        publish(pid, in: id, as: .new)
      } else if space.isPublished {
        // The BPF program has entered it.
        _ = enter(pid, in: id)
      }
    case .mapped(let entry, let pid, let change):
      remap(entry, pid, change, &tables)
    case .ended(let entry):
      guard let id = spaceOfEntry.removeValue(forKey: entry) else { return }
      leave(id, entry)
    case .exited(let pid):
      // The BPF program deletes the entry at the exit itself, but an update of ours that came later
      // has made it again: short-lived processes would fill the map. If the process id is in use
      // again, the change that says so follows this one.
      if written.remove(pid) != nil { spaceMap.delete(UInt32(bitPattern: pid)) }
    }
  }

  /// When the next space that waits is to be published, in monotonic nanoseconds; nil if none waits.
  var nextPublication: UInt64? { waiting.first?.due }

  /// Publishes the spaces that have waited long enough.
  mutating func publishWaiting(at now: UInt64, _ tables: inout UnwindTables) {
    let due = waiting.prefix { $0.due <= now }
    waiting.removeFirst(due.count)
    for (_, id) in due { publishSpace(id, &tables) }
    dropEnded()
  }

  private mutating func publishSpace(_ id: UInt32, _ tables: inout UnwindTables) {
    guard let space = spaces[id], !space.isPublished else { return }
    spaces[id]?.isPublished = true
    spaces[id]?.user = space.users.values.first.flatMap(user)
    for mapping in space.mappings.values { publish(mapping, in: id, &tables) }
    for pid in space.users.values { publish(pid, in: id) }
  }

  private mutating func dropEnded() {
    waiting.removeFirst(waiting.prefix { spaces[$0.space] == nil }.count)
  }

  private mutating func remap(
    _ entry: Int, _ pid: Int32, _ change: MappingChange, _ tables: inout UnwindTables
  ) {
    guard let id = spaceOfEntry[entry], let space = spaces[id] else { return }
    if space.users.count > 1, !change.isKnown {
      // The other users of the space keep it as it is.
      var mappings = space.mappings
      for mapping in change.removed { mappings[mapping.start] = nil }
      leave(id, entry)
      let own = makeSpace(
        mappings.values + change.added, of: pid, entry: entry, waits: !space.isPublished, &tables)
      publish(pid, in: own, as: .old)
      return
    }
    for mapping in change.removed {
      if space.isPublished { unpublish(mapping, in: id) }
      spaces[id]?.remove(mapping.start)
    }
    add(change.added, to: id, &tables)
    for mapping in change.added { spaces[id]?.add(mapping) }
    if !change.removed.isEmpty { spaces[id]?.generation += 1 }
    // After `mappings` was changed: else the BPF program would remember, for the new version, frames in
    // what is gone, or believe that all is known.
    if !change.isKnown { publish(pid, in: id, as: .old) }
    // A program that replaces its code may have put a copy of it there: the kernel does not know what that
    // is a copy of.
    if !change.removed.isEmpty { publishSpace(id, &tables) }
  }

  private mutating func makeSpace(
    _ mappings: [Mapping], of pid: Int32, entry: Int, waits: Bool, _ tables: inout UnwindTables
  ) -> UInt32 {
    let id = nextID
    nextID += 1
    spaces[id] = Space(mappings, of: pid, entry: entry, isPublished: !waits)
    if !waits { spaces[id]?.user = user(pid) }
    spaceOfEntry[entry] = id
    add(mappings, to: id, &tables)
    if waits { waiting.append((monotonicNanoseconds() + patience, id)) }
    return id
  }

  private mutating func leave(_ id: UInt32, _ entry: Int) {
    guard let space = spaces[id] else { return }
    if let pid = space.users[entry], let owner = entered.removeValue(forKey: pid) {
      processShares.giveBack(of: owner)
    }
    if space.users.count > 1 {
      spaces[id]?.users[entry] = nil
    } else {
      if space.isPublished { for mapping in space.mappings.values { unpublish(mapping, in: id) } }
      spaces[id] = nil
      dropEnded()
    }
  }

  /// Which entry of the map `spaces` is written.
  private enum Entry {
    case newOrOld
    case new
    /// If the BPF program has removed it, at an exec or exit, the process has these mappings no more.
    case old
  }

  /// Enters the space of a process, unless the space waits.
  private mutating func publish(_ pid: Int32, in id: UInt32, as entry: Entry = .newOrOld) {
    guard spaces[id]?.isPublished == true, enter(pid, in: id) else { return }
    let key = UInt32(bitPattern: pid)
    let space = fb_process_space(
      space: fb_space(id: id, generation: spaces[id]?.generation ?? 0),
      changed: UInt32(stampOf: monotonicNanoseconds()), code_pages: spaces[id]?.codePages ?? 0)
    do throws(SamplingError) {
      switch entry {
      case .newOrOld: try spaceMap.update(key, space)
      case .new: try spaceMap.updateIfNew(key, space)
      case .old: try spaceMap.updateIfThere(key, space)
      }
      written.insert(pid)
      // An old entry that was to be updated may not be there.
      if entry != .old { spaces[id]?.publishedAt = monotonicNanoseconds() }
    } catch {
      // The map is full. Stacks of this process are truncated for want of a mapping.
      unpublishedCount += 1
    }
  }

  /// Counts a process as one that has an entry. Returns false, and removes the entry, if its space or user has
  /// more than a share: the kernel is asked for what it has mapped.
  private mutating func enter(_ pid: Int32, in id: UInt32) -> Bool {
    guard entered[pid] == nil else { return true }
    let owner = owner(of: id)
    guard processShares.take(for: owner) else {
      spaceMap.delete(UInt32(bitPattern: pid))
      unpublishedCount += 1
      return false
    }
    entered[pid] = owner
    return true
  }

  private func owner(of id: UInt32) -> Shares.Owner {
    Shares.Owner(process: Int(id), user: spaces[id]?.user)
  }

  /// Enters mappings of a space, unless it waits. Their tables do not.
  private mutating func add(
    _ mappings: [Mapping], to id: UInt32, _ tables: inout UnwindTables
  ) {
    for mapping in mappings {
      if spaces[id]?.isPublished == true { publish(mapping, in: id, &tables) }
      if buildsAtOnce { tables.queue(mapping.object) }
    }
  }

  private mutating func publish(_ mapping: Mapping, in id: UInt32, _ tables: inout UnwindTables) {
    // A frame with a greater index would name another object.
    guard mapping.object < FB_FRAME_OBJECTS else {
      unpublishedCount += 1
      return
    }
    var entry = fb_mapping()
    entry.begin = mapping.start
    entry.end = mapping.end
    entry.offset_bias = mapping.start &- mapping.fileOffset
    entry.object =
      tables.isAnonymous(mapping.object)
      ? FB_OBJECT_NONE : UInt32(truncatingIfNeeded: mapping.object)
    // What the scan of `/proc` has found is older than all that is mapped from now on.
    entry.since = UInt32(stampOf: mapping.from > 0 ? mapping.from : monotonicNanoseconds())
    if let address = tables.linkAddress(of: mapping) {
      entry.link_bias = mapping.start &- address
    }
    let blocks = Array(AddressBlocks(start: mapping.start, end: mapping.end))
    if spaces[id]?.published[mapping.start] == nil {
      guard mappingShares.take(blocks.count, for: owner(of: id)) else {
        unpublishedCount += 1
        return
      }
      spaces[id]?.published[mapping.start] = blocks.count
    }
    for block in blocks {
      do throws(SamplingError) {
        try mappingMap.update(key(block, id), entry)
      } catch {
        unpublishedCount += 1
        return
      }
    }
  }

  private mutating func unpublish(_ mapping: Mapping, in id: UInt32) {
    guard let count = spaces[id]?.published.removeValue(forKey: mapping.start) else { return }
    mappingShares.giveBack(count, of: owner(of: id))
    for block in AddressBlocks(start: mapping.start, end: mapping.end) {
      mappingMap.delete(key(block, id))
    }
  }

  private func key(_ block: AddressBlocks.Block, _ id: UInt32) -> fb_mapping_key {
    fb_mapping_key(
      prefix_length: 32 + block.prefixLength, space: id, address: block.address.bigEndian)
  }
}

/// Entries of the maps of `SpaceMaps`, and whose a process is.
struct SpaceLimits {
  var mappings = Int(FB_MAPPING_CAPACITY)
  var processes = Int(FB_SPACE_CAPACITY)
  /// The real user of a process; nil if it is not known.
  var user: (Int32) -> uid_t? = realUser
}

extension Mapping {
  /// Pages that the kernel counts as code (`exec_vm` of its `mm_struct`): it may not be written to, and
  /// lies in user space, unlike `[vsyscall]`.
  var codePages: UInt32 {
    isWritable || start >> 63 != 0 ? 0 : UInt32(truncatingIfNeeded: (end - start) >> 12)
  }
}
