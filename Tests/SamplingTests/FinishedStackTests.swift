// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ProfileModel
import System
import Testing

@testable import Sampling

/// Stacks that take the place of truncated ones, and the tables by which they are finished.
@Suite struct FinishedStackTests {
  private func finished(tid: UInt32, at time: UInt64) -> FinishedStack {
    var state = fb_copied_state()
    state.key.tid = tid
    state.key.flags = UInt32(FB_KEY_GENERATION)
    (state.now, state.value) = (time, 3)
    return FinishedStack(state, [.address(5), .address(6)], .complete)
  }

  @Test func theLastFrameIsReplaced() {
    let cut = RawStack(frames: [.address(1), .address(2)], reach: .truncated(.mappingPending))
    #expect(
      finished(tid: 1, at: 10).whole(cut)
        == RawStack(frames: [.address(1), .address(5), .address(6)], reach: .complete))
  }

  @Test func keysHaveNoGeneration() {
    var stacks = FinishedStacks()
    stacks.all = [finished(tid: 1, at: 20), finished(tid: 2, at: 15), finished(tid: 1, at: 10)]
    var key = fb_count_key()
    key.tid = 1
    #expect(stacks.byKey[FinishedStacks.bytes(of: key)]?.map(\.time) == [10, 20])
    #expect(stacks.byKey.count == 2)
  }

  @Test func everyCopyIsAccountedFor() throws {
    var stacks = FinishedStacks()
    #expect(stacks.law(fb_counters(), usedCount: 0) == nil)
    stacks.all = [finished(tid: 1, at: 20)]
    stacks.leftCount = 2
    var counters = fb_counters()
    (counters.copied, counters.not_copied) = (3, 4)
    let law = try #require(stacks.law(counters, usedCount: 1))
    #expect(law.holds)
    #expect(
      law.equation == "7 samples = 1 finished + 2 left truncated + 4 not copied")
    #expect(stacks.law(counters, usedCount: 0)?.holds == false)
  }

  /// A file in place of the BPF map.
  @Test func rowsAreFoundInTheMap() throws {
    var path = Array("/tmp/flameback-rows-XXXXXX".utf8CString)
    let file = FileDescriptor(adopting: mkstemp(&path))
    unlink(path)
    let rows = [0x1000, 0x1010, 0x1014, 0x1020].enumerated().map { index, address in
      fb_row(UInt32(address), fb_row_action(FB_ROW_SP.rawValue, 0, UInt16(index)))
    }
    // Another table, then the index: a word for each 16 bytes.
    let words: [UInt64] = [7, 7, 0 | 0 << 32, 1 | 2 << 32, 3 | 3 << 32] + rows
    let bytes = words.withUnsafeBytes { Array($0) }
    try #require(write(file.rawValue, bytes, bytes.count) == bytes.count)
    var object = fb_object()
    (object.first_index, object.index_count, object.first_row) = (2, 3, 5)
    (object.base, object.index_shift) = (0x1000, 4)
    let map = BPFMap(descriptor: file.rawValue)
    let table = PublishedTable(object, try MappedArray<UInt64>(map, 2..<words.count))
    let found = [0x0fff, 0x1000, 0x100f, 0x1010, 0x1013, 0x1014, 0x101f, 0x1020, 0x102f].map {
      table.row(at: $0)
    }
    #expect(
      found
        == [nil, rows[0], rows[0], rows[1], rows[1], rows[2], rows[2], rows[3], rows[3]])
    // A table ends with a gap.
    #expect(table.row(at: 0x1030).map(fb_row_kind) == FB_ROW_GAP.rawValue)
  }
}
