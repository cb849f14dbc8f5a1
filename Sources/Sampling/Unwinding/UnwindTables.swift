// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import Unwinding

/// The unwind tables of all objects, in the program's maps: each built once, whatever maps it, unless
/// it had to make room.
struct UnwindTables: ~Copyable {
  let table: MappedArray<fb_object>
  var space: RowSpace
  /// What each table takes that was built, be it there or not.
  var sizes: [ObjectIndex: Int] = [:]
  /// Tables that had to go, so that others found room.
  var evicted = 0
  private let rows: BPFMap
  private let objects: ObjectTable
  private var builder: TableBuilder
  /// Objects whose tables are to be made, the smallest last; and with the one that is being made.
  private var queued: [(object: ObjectIndex, size: Int)] = []
  private var asked: Set<ObjectIndex> = []
  /// Nil for what was tried and is none.
  private var images: [ObjectIndex: ElfImage?] = [:]

  /// Objects that there is room for.
  static let objectCapacity = 32_768

  /// - Parameter rowCapacity: entries of the map `rows`.
  init(
    _ program: borrowing BPFObject, objects: ObjectTable, rowCapacity: Int
  ) throws(SamplingError) {
    let rows = try program.map("rows")
    let table = try MappedArray<fb_object>(program.map("objects"), 0..<Self.objectCapacity)
    let builder = try TableBuilder()
    self.rows = rows
    self.table = table
    self.objects = objects
    self.builder = builder
    space = RowSpace(capacity: rowCapacity)
  }

  /// Where the bytes of a mapping were linked to be: the address of its first byte.
  mutating func linkAddress(of mapping: Mapping) -> UInt64? {
    guard let image = image(of: mapping.object) else { return nil }
    // A mapping begins on a page, its segment somewhere in that page.
    let pageMask: UInt64 = 4095
    let segment = image.segments.first {
      $0.isExecutable && $0.fileOffset & ~pageMask <= mapping.fileOffset
        && mapping.fileOffset < $0.fileOffset &+ $0.fileSize
    }
    return segment.map { $0.address &- $0.fileOffset &+ mapping.fileOffset }
  }

  /// Code made at run time has no file.
  borrowing func isAnonymous(_ object: ObjectIndex) -> Bool {
    objects.objects[object].kind == .anonymous
  }

  /// Notes that an object needs its table. The small ones are made first: they are done at once.
  mutating func queue(_ object: ObjectIndex) {
    guard object < Self.objectCapacity, table[object].state != FB_OBJECT_READY.rawValue,
      asked.insert(object).inserted
    else { return }
    let size = image(of: object).map { UnwindTable.estimatedRows(of: $0) } ?? 0
    let place = queued.firstIndex { $0.size < size } ?? queued.count
    queued.insert((object, size), at: place)
    startNext()
  }

  /// Asks for the tables that samples have missed, at `time` in monotonic nanoseconds.
  mutating func queueWanted(at time: UInt64) {
    for object in 0..<min(objects.objects.count, Self.objectCapacity)
    where table[object].wanted != 0 {
      table[object].wanted = 0
      guard table[object].state != FB_OBJECT_READY.rawValue else { continue }
      // What has found no room is read again only when it will find some.
      if let size = sizes[object], !makeRoom(for: size, at: time) { continue }
      // Or it would be the first to go, before a sample has used it.
      table[object].last_used = Self.useTime(time)
      queue(object)
    }
  }

  /// Readable when a table can be taken.
  var descriptor: CInt { builder.descriptor }

  /// Whether tables are being made.
  var isBuilding: Bool { builder.isBusy }

  /// Waits for the table that is being made and hands it to the program.
  mutating func takeBuilt() {
    guard let (object, built) = builder.take() else { return }
    asked.remove(object)
    publish(built, of: object)
    startNext()
  }

  private mutating func startNext() {
    while !builder.isBusy, let next = queued.popLast() {
      if let image = image(of: next.object) {
        builder.start(next.object, image)
      } else {
        asked.remove(next.object)
        publish(nil, of: next.object)
      }
    }
  }

  private mutating func publish(_ built: BuiltTable?, of object: ObjectIndex) {
    guard let built else {
      table[object].state = FB_OBJECT_NO_CFI.rawValue
      return
    }
    sizes[object] = built.size
    guard makeRoom(for: built.size, at: monotonicNanoseconds()),
      let slice = space.take(built.size, for: object), write(built, to: slice)
    else {
      space.giveBack([object])
      table[object].state = FB_OBJECT_OVER_BUDGET.rawValue
      return
    }
    table[object].first_index = UInt32(slice.lowerBound)
    table[object].index_count = UInt32(built.index.words.count)
    table[object].index_shift = built.index.shift
    table[object].first_row = UInt32(slice.lowerBound + built.index.words.count)
    table[object].base = built.index.base
    // Last, so that the program never meets a table that is not whole.
    fb_publish()
    table[object].state = FB_OBJECT_READY.rawValue
  }

  /// False if the slice cannot be mapped.
  private borrowing func write(_ built: BuiltTable, to slice: Range<Int>) -> Bool {
    do throws(SamplingError) {
      let memory = try MappedArray<UInt64>(rows, slice)
      memory.fill(from: 0, with: built.index.words)
      memory.fill(from: built.index.words.count, with: built.rows)
      return true
    } catch {
      return false
    }
  }

  /// Whether an object's file may be closed: no sample has met it. Mapped again, it is opened again.
  mutating func releaseFile(of object: ObjectIndex) -> Bool {
    guard object < Self.objectCapacity, table[object].last_used == 0, !asked.contains(object) else {
      return false
    }
    images[object] = nil
    return true
  }

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
