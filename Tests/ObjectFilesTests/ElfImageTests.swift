// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import ObjectFiles

/// Little-endian bytes, written one number after the other.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func write(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func set(_ value: some FixedWidthInteger, at offset: Int) {
    withUnsafeBytes(of: value.littleEndian) {
      bytes.replaceSubrange(offset..<offset + $0.count, with: $0)
    }
  }
}

/// A file of headers and notes, and nothing else.
struct ElfFixture {
  typealias Segment = (
    type: UInt32, flags: UInt32, offset: UInt64, address: UInt64, fileSize: UInt64,
    memorySize: UInt64
  )
  var segments: [Segment] = []
  var note: [UInt8] = []
  var noteAlignment: UInt64 = 4

  /// The header, the program headers, then the note.
  var bytes: [UInt8] {
    var segments = segments
    let count = segments.count + (note.isEmpty ? 0 : 1)
    let noteOffset = UInt64(64 + count * 56)
    if !note.isEmpty {
      segments.append((4, 4, noteOffset, noteOffset, UInt64(note.count), UInt64(note.count)))
    }
    var writer = ByteWriter()
    writer.bytes = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    writer.write(UInt16(3))
    writer.write(UInt16(62))
    writer.write(UInt32(1))
    writer.write(UInt64(0x1000))
    writer.write(UInt64(64))
    writer.write(UInt64(0))
    writer.write(UInt32(0))
    for number in [64, 56, count, 64, 0, 0] { writer.write(UInt16(number)) }
    for segment in segments {
      writer.write(segment.type)
      writer.write(segment.flags)
      writer.write(segment.offset)
      writer.write(segment.address)
      writer.write(segment.address)
      writer.write(segment.fileSize)
      writer.write(segment.memorySize)
      writer.write(segment.type == 4 ? noteAlignment : 0x1000)
    }
    return writer.bytes + note
  }

  static func note(name: String = "GNU\0", type: UInt32 = 3, _ descriptor: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt32(name.utf8.count))
    writer.write(UInt32(descriptor.count))
    writer.write(type)
    writer.bytes += Array(name.utf8)
    while writer.bytes.count % 4 != 0 { writer.bytes.append(0) }
    writer.bytes += descriptor
    while writer.bytes.count % 4 != 0 { writer.bytes.append(0) }
    return writer.bytes
  }
}

func image(_ bytes: [UInt8]) -> ElfImage? { ElfImage(BytesInMemory(bytes)) }

@Suite struct ElfImageTests {
  let plain = ElfFixture(
    segments: [
      (1, 4, 0, 0, 0x900, 0x900), (1, 5, 0x1000, 0x2000, 0x800, 0x800),
      (1, 6, 0x1800, 0x3800, 0x100, 0x4000),
    ], note: ElfFixture.note(Array(1...20)))

  @Test func offsetsBecomeAddressesBySizeInTheFile() throws {
    let elf = try #require(image(plain.bytes))
    #expect(elf.address(ofFileOffset: 0x10) == 0x10)
    #expect(elf.address(ofFileOffset: 0x1000) == 0x2000)
    #expect(elf.address(ofFileOffset: 0x17ff) == 0x27ff)
    #expect(elf.address(ofFileOffset: 0x1800) == 0x3800)
    // In the gap behind the first segment, and behind the last one's bytes in the file, though
    // inside its memory.
    #expect(elf.address(ofFileOffset: 0xfff) == nil)
    #expect(elf.address(ofFileOffset: 0x1900) == nil)
    #expect(elf.address(ofFileOffset: .max) == nil)
  }

  @Test func executableSegmentsWinWhereSegmentsOverlap() throws {
    let elf = try #require(
      image(
        ElfFixture(segments: [
          (1, 4, 0, 0x10000, 0x2000, 0x2000), (1, 5, 0x1000, 0x52000, 0x1000, 0x1000),
        ]).bytes))
    #expect(elf.address(ofFileOffset: 0x1234) == 0x52234)
    #expect(elf.address(ofFileOffset: 0x234) == 0x10234)
    #expect(elf.executableSegment()?.address == 0x52000)
  }

  @Test(arguments: [1, 4, 8, 16, 19, 20, 32, 64])
  func buildIDsOfAllSizes(size: Int) throws {
    let id = (0..<size).map { UInt8($0 + 1) }
    let elf = try #require(image(ElfFixture(note: ElfFixture.note(id)).bytes))
    #expect(elf.buildID == BuildID(id))
    #expect(elf.buildID != nil)
  }

  @Test(arguments: [0, 65, 300])
  func buildIDsThatNoLinkerWrites(size: Int) throws {
    let note = ElfFixture.note([UInt8](repeating: 7, count: size))
    #expect(try #require(image(ElfFixture(note: note).bytes)).buildID == nil)
  }

  @Test func otherNotesArePassedOver() throws {
    let notes =
      ElfFixture.note(type: 1, [1, 2, 3]) + ElfFixture.note(name: "stapsdt\0", [9, 9, 9, 9, 9])
      + ElfFixture.note([5, 6, 7])
    #expect(try #require(image(ElfFixture(note: notes).bytes)).buildID == BuildID([5, 6, 7]))
  }

  @Test(arguments: [0, 4, 8])
  func noteSizesThatWrapAround(at offset: Int) throws {
    var writer = ByteWriter(bytes: ElfFixture.note([5, 6, 7, 8]))
    writer.set(UInt32.max, at: offset)
    let elf = try #require(image(ElfFixture(note: writer.bytes).bytes))
    #expect(elf.buildID == nil)
  }

  @Test func everyTruncationIsRefusedOrReadAsFarAsItGoes() {
    let whole = plain.bytes
    for length in 0...whole.count {
      let elf = image(Array(whole.prefix(length)))
      if length < 64 + 4 * 56 { #expect(elf == nil) }
      if length < whole.count { #expect(elf?.buildID == nil) }
    }
    #expect(image(whole)?.buildID != nil)
  }

  @Test func otherClassesAndByteOrdersAreRefused() {
    for (offset, value): (Int, Int) in [(0, 0), (4, 1), (5, 2), (6, 0)] {
      var bytes = plain.bytes
      bytes[offset] = UInt8(value)
      #expect(image(bytes) == nil)
    }
  }

  /// Each number of the header set to what a hostile file would say.
  @Test func hostileHeadersDoNotTrap() {
    for offset in [24, 32, 40, 52, 54, 56, 58, 60, 62] {
      for value: UInt64 in [.max, 1 << 63, 1 << 32, 0xffff_ffff, 0xffff, 1, 0] {
        var writer = ByteWriter(bytes: plain.bytes)
        if offset < 48 {
          writer.set(value, at: offset)
        } else {
          writer.set(UInt16(truncatingIfNeeded: value), at: offset)
        }
        let elf = image(writer.bytes)
        _ = elf?.section(named: ".text")
        _ = elf?.address(ofFileOffset: 0x1234)
      }
    }
  }

  @Test func hostileSegmentsDoNotTrap() throws {
    for field in [8, 16, 32, 40, 48] {
      for value: UInt64 in [.max, .max - 0xfff, 1 << 63, 0] {
        var writer = ByteWriter(bytes: plain.bytes)
        for segment in 0..<4 { writer.set(value, at: 64 + segment * 56 + field) }
        let elf = try #require(image(writer.bytes))
        _ = elf.address(ofFileOffset: 0x1234)
        _ = elf.address(ofFileOffset: .max)
        _ = elf.executableSegment(holding: .max)
      }
    }
  }

  @Test func countsThatStandInTheFirstSection() throws {
    // PN_XNUM: the true number of segments, hostile here, is in the first section's sh_info.
    var writer = ByteWriter(bytes: plain.bytes)
    writer.set(UInt64(writer.bytes.count), at: 40)
    writer.set(UInt16(0xffff), at: 56)
    let section = writer.bytes.count
    writer.bytes += [UInt8](repeating: 0, count: 64)
    writer.set(UInt32.max, at: section + 44)
    #expect(image(writer.bytes) == nil)
    writer.set(UInt32(4), at: section + 44)
    #expect(try #require(image(writer.bytes)).segments.count == 4)
    // e_shnum 0: the true number of sections is in sh_size.
    writer.set(UInt64(1), at: section + 32)
    #expect(try #require(image(writer.bytes)).sections.count == 1)
    writer.set(UInt64(1) << 60, at: section + 32)
    #expect(try #require(image(writer.bytes)).sections.isEmpty)
  }

  @Test func aRealProgramAsReadelfSeesIt() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("a.c", "int main(void) { return 0; }")
    for flags in [["-pie", "-fPIE"], ["-no-pie"], ["-static"], ["-Wl,--build-id=none"]] {
      let program = "\(folder.path)/a"
      _ = try run("sh", "-c", "gcc -o \(program) \(source) \(flags.joined(separator: " "))")
      let elf = try #require(image(try contents(of: program)))
      let notes = try run("readelf", "-n", program)
      if let id = elf.buildID {
        #expect(notes.contains("Build ID: \(id)"))
      } else {
        #expect(!notes.contains("Build ID"))
      }
      #expect((elf.buildID == nil) == flags[0].contains("none"))
      let header = try run("readelf", "-hW", program)
      #expect(header.contains("Number of section headers:         \(elf.sections.count)"))
      let text = try #require(elf.section(named: ".text"))
      #expect(text.isExecutable)
      #expect(elf.address(ofFileOffset: text.fileOffset) == text.address)
      #expect(elf.section(named: ".tex") == nil)
    }
  }
}
