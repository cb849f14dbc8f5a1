// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import System
import Unwinding

/// The unwind tables of all objects, in the BPF maps `objects` and `rows`. A table is built once,
/// however many processes map its file, unless it was evicted and is needed again.
struct UnwindTables: ~Copyable {
  /// The map `objects`: by the object's index, the state of its table.
  let entries: MappedArray<fb_object>
  /// The map `rows`: which slice belongs to which table.
  var rowSpace: RowSpace
  /// Size in words of each table that was ever built, whether it is in `rows` now or not.
  var sizes: [ObjectIndex: Int] = [:]
  /// Tables that were removed to make space for others.
  var evictedCount = 0
  let rows: BPFMap
  private let objects: ObjectTable
  private var builder: TableBuilder
  /// Objects whose tables are to be built, the largest first; the last one is built next.
  private var queued: [(object: ObjectIndex, size: Int)] = []
  /// Objects in `queued`, and the one whose table is being built.
  private var pending: Set<ObjectIndex> = []
  /// The file of each object that was opened so far; nil where it is not an ELF file.
  private var images: [ObjectIndex: ElfImage?] = [:]

  /// Entries of the map `objects`. Objects with a greater index have no table.
  static let objectCapacity = 32_768

  /// - Parameters:
  ///   - rowCapacity: entries of the map `rows`.
  ///   - delay: time that each table takes longer, in nanoseconds.
  init(
    _ bpf: borrowing BPFObject, objects: ObjectTable, rowCapacity: Int, delay: UInt64
  ) throws(SamplingError) {
    let rows = try bpf.map(.rows)
    let entries = try MappedArray<fb_object>(bpf.map(.objects), 0..<Self.objectCapacity)
    let builder = try TableBuilder(delay: delay)
    self.rows = rows
    self.entries = entries
    self.objects = objects
    self.builder = builder
    rowSpace = RowSpace(capacity: rowCapacity)
  }

  /// The address, in the file as it was linked, of the first byte of a mapping; nil if no executable
  /// segment is there.
  mutating func linkAddress(of mapping: Mapping) -> UInt64? {
    guard let image = image(of: mapping.object) else { return nil }
    let segment = image.segments.first {
      $0.isExecutable && $0.firstMappedOffset <= mapping.fileOffset
        && mapping.fileOffset < $0.fileOffset &+ $0.fileSize
    }
    return segment.map { $0.address &- $0.fileOffset &+ mapping.fileOffset }
  }

  /// The segments of an object's file; none if it cannot be read.
  mutating func segments(of object: ObjectIndex) -> [ElfImage.Segment] {
    image(of: object)?.segments ?? []
  }

  /// Whether an object is memory without a file, such as code made at run time.
  borrowing func isAnonymous(_ object: ObjectIndex) -> Bool {
    objects.objects[object].kind == .anonymous
  }

  /// Queues the table of an object, unless it is there or queued. Small tables are built first: they
  /// take no time.
  mutating func queue(_ object: ObjectIndex) {
    guard object < Self.objectCapacity, entries[object].state != UInt8(FB_OBJECT_READY.rawValue),
      pending.insert(object).inserted
    else { return }
    let size = image(of: object).map { UnwindTable.estimatedRows(of: $0) } ?? 0
    let index = queued.firstIndex { $0.size < size } ?? queued.count
    queued.insert((object, size), at: index)
    startNext()
  }

  /// Queues the tables that samples have requested since the last call.
  ///
  /// - Parameter time: the present, in monotonic nanoseconds.
  mutating func queueRequested(at time: UInt64) {
    for object in 0..<min(objects.objects.count, Self.objectCapacity)
    where entries[object].is_requested != 0 {
      entries[object].is_requested = 0
      request(object, at: time)
    }
  }

  /// Queues the table of an object that is needed now, unless it is there or queued.
  mutating func request(_ object: ObjectIndex, at time: UInt64) {
    guard state(of: object) != FB_OBJECT_READY else { return }
    // A table that found no space is built again only when there is some.
    if let size = sizes[object], !evict(toFit: size, at: time) { return }
    markUsed(object, at: time)
    queue(object)
  }

  /// Notes that a table is used, as samples do: else it would be the first to be evicted.
  borrowing func markUsed(_ object: ObjectIndex, at time: UInt64) {
    entries[object].last_used = Self.useTime(time)
  }

  /// Readable when a table has been built.
  var descriptor: CInt { builder.descriptor }

  /// Whether a table is being built.
  var isBuilding: Bool { builder.isBusy }

  /// Waits for the table that is being built, and publishes it.
  mutating func takeBuilt() {
    guard let (object, built) = builder.take() else { return }
    pending.remove(object)
    publish(built, of: object)
    startNext()
  }

  private mutating func startNext() {
    while !builder.isBusy, let next = queued.popLast() {
      if let image = image(of: next.object) {
        builder.start(next.object, image)
      } else {
        pending.remove(next.object)
        publish(nil, of: next.object)
      }
    }
  }

  /// Enters a table in the maps. Nil: the object has no call frame information that can be read.
  private mutating func publish(_ built: BuiltTable?, of object: ObjectIndex) {
    guard let built else {
      entries[object].state = UInt8(FB_OBJECT_NO_CFI.rawValue)
      return
    }
    sizes[object] = built.size
    guard evict(toFit: built.size, at: monotonicNanoseconds()),
      let slice = rowSpace.allocate(built.size, for: object), write(built, to: slice)
    else {
      rowSpace.free([object])
      entries[object].state = UInt8(FB_OBJECT_OVER_BUDGET.rawValue)
      return
    }
    entries[object].first_index = UInt32(slice.lowerBound)
    entries[object].index_count = UInt32(built.index.words.count)
    entries[object].index_shift = UInt8(built.index.shift)
    entries[object].first_row = UInt32(slice.lowerBound + built.index.words.count)
    entries[object].base = built.index.base
    entries[object].first_saved = UInt32(
      slice.upperBound - built.savedRegisters.count)
    entries[object].saved_count = UInt32(built.savedRegisters.count)
    // The state is written last, so that the BPF program never uses an incomplete table.
    fb_publish()
    entries[object].state = UInt8(FB_OBJECT_READY.rawValue)
  }

  /// Returns false if the slice cannot be mapped into memory.
  private borrowing func write(_ built: BuiltTable, to slice: Range<Int>) -> Bool {
    do throws(SamplingError) {
      let memory = try MappedArray<UInt64>(rows, slice)
      memory.fill(from: 0, with: built.index.words)
      memory.fill(from: built.index.words.count, with: built.rows)
      memory.fill(from: built.index.words.count + built.rows.count, with: built.savedRegisters)
      return true
    } catch {
      return false
    }
  }

  /// Whether a sample has used the table of an object, or the table is to be built.
  borrowing func needsFile(of object: ObjectIndex) -> Bool {
    object >= Self.objectCapacity || entries[object].last_used != 0 || pending.contains(object)
  }

  mutating func willCloseFile(of object: ObjectIndex) { images[object] = nil }

  private mutating func image(of object: ObjectIndex) -> ElfImage? {
    if let known = images[object] { return known }
    let image: ElfImage?
    switch objects.objects[object].kind {
    case .file:
      guard case .held(let file) = objects.held.state(of: object) else { return nil }
      image = ElfImage(file)
    case .vdso: image = Vdso.image().flatMap { ElfImage($0) }
    case .anonymous, .special: image = nil
    }
    images.updateValue(image, forKey: object)
    return image
  }
}

extension ElfImage.Segment {
  /// The file offset at which a mapping of the segment begins: it begins on a page, the segment
  /// somewhere in that page.
  var firstMappedOffset: UInt64 { fileOffset & ~4095 }
}
