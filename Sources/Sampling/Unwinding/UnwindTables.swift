// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import Unwinding

/// The unwind tables of all objects, in the program's maps: each built once, whatever maps it.
struct UnwindTables: ~Copyable {
  private let rows: BPFMap
  private let rowCapacity: Int
  private let table: MappedArray<fb_object>
  private let objects: ObjectTable
  private var usedRows = 0
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
    self.rowCapacity = rowCapacity
    self.objects = objects
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
    if let next = queued.popLast() { build(next.object) }
  }

  private mutating func build(_ object: ObjectIndex) {
    guard table[object].state == FB_OBJECT_PENDING.rawValue else { return }
    guard let image = image(of: object), let built = try? UnwindTable(of: image).rows,
      !built.isEmpty
    else {
      table[object].state = FB_OBJECT_NO_CFI.rawValue
      return
    }
    guard built.count <= rowCapacity - usedRows, write(built) else {
      table[object].state = FB_OBJECT_OVER_BUDGET.rawValue
      return
    }
    table[object].first_row = UInt32(usedRows)
    table[object].row_count = UInt32(built.count)
    usedRows += built.count
    // Last, so that the program never meets a table that is not whole.
    fb_publish()
    table[object].state = FB_OBJECT_READY.rawValue
  }

  /// Puts rows behind those that are there; false if they cannot be mapped.
  private borrowing func write(_ built: [UInt64]) -> Bool {
    do throws(SamplingError) {
      let slice = try MappedArray<UInt64>(rows, usedRows..<(usedRows + built.count))
      slice.fill(with: built)
      return true
    } catch {
      return false
    }
  }

  /// Makes the tables that samples have asked for.
  mutating func buildWanted() {
    for object in 0..<min(objects.objects.count, Self.objectCapacity)
    where table[object].wanted != 0 && table[object].state == FB_OBJECT_PENDING.rawValue {
      build(object)
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
