// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Symbolization

@Suite struct AddressSpaceTests {
  /// A mapping of an object, by default at 0x10000–0x20000, from file offset 0x3000, for all time.
  func mapping(
    _ object: ObjectIndex, from: UInt64 = 0, until: UInt64 = .max, start: UInt64 = 0x10000,
    end: UInt64 = 0x20000, offset: UInt64 = 0x3000
  ) -> Mapping {
    Mapping(
      start: start, end: end, fileOffset: offset, object: object, from: from, until: until)
  }

  @Test func addressesBecomeFileOffsets() {
    let space = AddressSpace([
      mapping(1, start: 0x40000, end: 0x50000, offset: 0), mapping(0),
      mapping(2, start: 0x7f00_0000_0000, end: 0x7f00_0000_1000),
    ])
    #expect(
      space.location(of: 0x10123, first: 5, last: 9)
        == .init(object: 0, fileOffset: 0x3123, isLow: true))
    #expect(space.location(of: 0x1ffff, first: 5, last: 9)?.object == 0)
    #expect(space.location(of: 0x7f00_0000_0fff, first: 0, last: 0)?.isLow == false)
    for address: UInt64 in [0, 0xffff, 0x20000, 0x3ffff, 0x50000, .max] {
      #expect(space.location(of: address, first: 5, last: 9) == nil)
    }
  }

  @Test func reusedAddressesAreDistinguishedByTime() {
    let space = AddressSpace([mapping(0, until: 100), mapping(1, from: 100)])
    #expect(space.location(of: 0x10000, first: 0, last: 99)?.object == 0)
    #expect(space.location(of: 0x10000, first: 100, last: 200)?.object == 1)
    // With samples before and after the change, the object is not certain.
    #expect(space.location(of: 0x10000, first: 99, last: 100) == nil)
  }

  @Test func anAddressMustBeMappedDuringTheWholeSpan() {
    let space = AddressSpace([mapping(0, from: 10, until: 20)])
    #expect(space.location(of: 0x10000, first: 10, last: 19)?.object == 0)
    #expect(space.location(of: 0x10000, first: 9, last: 19) == nil)
    #expect(space.location(of: 0x10000, first: 10, last: 20) == nil)
  }

  @Test func theSameFileMappedAgainIsTheSameLocation() {
    let again = AddressSpace([
      mapping(0, from: 10, until: 20), mapping(0, from: 20, until: 30), mapping(0, from: 30),
    ])
    #expect(again.location(of: 0x10000, first: 12, last: 40)?.object == 0)
    let withGap = AddressSpace([mapping(0, from: 10, until: 20), mapping(0, from: 25)])
    #expect(withGap.location(of: 0x10000, first: 12, last: 40) == nil)
    let elsewhere = AddressSpace([
      mapping(0, until: 20), mapping(0, from: 20, offset: 0x4000),
    ])
    #expect(elsewhere.location(of: 0x10000, first: 12, last: 40) == nil)
  }

  @Test func aSmallMappingInsideALargeOneThatStayed() {
    let space = AddressSpace([
      mapping(0, end: 0x90000), mapping(1, start: 0x12000, end: 0x13000, offset: 0),
    ])
    #expect(space.location(of: 0x12500, first: 0, last: 0) == nil)
    #expect(space.location(of: 0x80000, first: 0, last: 0)?.object == 0)
  }

  @Test func hostileBoundsDoNotTrap() {
    let space = AddressSpace([
      mapping(0, start: 0, end: .max, offset: .max), mapping(1, start: 9, end: 3),
      mapping(2, from: 9, until: 3),
    ])
    #expect(space.location(of: 0, first: 0, last: .max - 1)?.fileOffset == .max)
    #expect(space.location(of: 5, first: 0, last: 0) == nil)
    #expect(space.location(of: .max, first: 0, last: .max) == nil)
  }
}
