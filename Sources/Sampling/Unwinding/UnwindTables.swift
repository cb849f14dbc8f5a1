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
  /// What is in `space`, and what each table takes that was built before.
  var slices: [ObjectIndex: Range<Int>] = [:]
  var sizes: [ObjectIndex: Int] = [:]
  /// Tables that had to go, so that others found room.
  var evicted = 0
  private let rows: BPFMap
  private let objects: ObjectTable
  /// Objects whose tables are to be made, the smallest last.
  private var queued: [(object: ObjectIndex, size: Int)] = []
  /// Nil for what was tried and is none.
  private var images: [ObjectIndex: ElfImage?] = [:]

  /// Objects that there is room for.
  static let objectCapacity = 65_536

  /// - Parameter rowCapacity: entries of the map `rows`.
  init(
    _ program: borrowing BPFObject, objects: ObjectTable, rowCapacity: Int
  ) throws(SamplingError) {
    let rows = try program.map("rows")
    let table = try MappedArray<fb_object>(program.map("objects"), 0..<Self.objectCapacity)
    self.rows = rows
    self.table = table
    self.objects = objects
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

  /// Notes that an object needs its table. A large one takes a while, in which other mappings wait
  /// to be told: so tables are made one at a time, the small ones first.
  mutating func queue(_ object: ObjectIndex) {
    guard object < Self.objectCapacity, table[object].state == FB_OBJECT_PENDING.rawValue,
      !queued.contains(where: { $0.object == object })
    else { return }
    let size = image(of: object).map { UnwindTable.estimatedRows(of: $0) } ?? 0
    let place = queued.firstIndex { $0.size < size } ?? queued.count
    queued.insert((object, size), at: place)
  }

  var hasQueued: Bool { !queued.isEmpty }

  mutating func buildNext() {
    guard let next = queued.popLast(), table[next.object].state == FB_OBJECT_PENDING.rawValue
    else { return }
    build(next.object)
  }

  /// Makes the tables that samples have asked for, at `time` in monotonic nanoseconds.
  mutating func buildWanted(at time: UInt64) {
    for object in 0..<min(objects.objects.count, Self.objectCapacity)
    where table[object].wanted != 0 && table[object].state != FB_OBJECT_READY.rawValue {
      table[object].wanted = 0
      // What has found no room is read again only when it will find some.
      if let size = sizes[object], !makeRoom(for: size, at: time) { continue }
      build(object)
      // Or it would be the first to go, before a sample has used it.
      table[object].last_used = Self.useTime(time)
    }
  }

  private mutating func build(_ object: ObjectIndex) {
    guard let image = image(of: object), let built = try? UnwindTable(of: image).rows,
      !built.isEmpty
    else {
      table[object].state = FB_OBJECT_NO_CFI.rawValue
      return
    }
    let index = RowIndex(of: built)
    let size = index.words.count + built.count
    sizes[object] = size
    guard makeRoom(for: size, at: monotonicNanoseconds()), let slice = space.take(size),
      write(index.words, built, to: slice)
    else {
      table[object].state = FB_OBJECT_OVER_BUDGET.rawValue
      return
    }
    slices[object] = slice
    table[object].first_index = UInt32(slice.lowerBound)
    table[object].index_count = UInt32(index.words.count)
    table[object].index_shift = index.shift
    table[object].first_row = UInt32(slice.lowerBound + index.words.count)
    table[object].base = index.base
    // Last, so that the program never meets a table that is not whole.
    fb_publish()
    table[object].state = FB_OBJECT_READY.rawValue
  }

  /// False if the slice cannot be mapped; it is given back then.
  private mutating func write(_ index: [UInt64], _ built: [UInt64], to slice: Range<Int>) -> Bool {
    do throws(SamplingError) {
      let memory = try MappedArray<UInt64>(rows, slice)
      memory.fill(from: 0, with: index)
      memory.fill(from: index.count, with: built)
      return true
    } catch {
      space.giveBack(slice)
      return false
    }
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
