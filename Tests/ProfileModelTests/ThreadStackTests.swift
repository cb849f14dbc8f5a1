// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

struct ThreadStackTests {
  @Test func threadsOfOneNameMeet() {
    let profile = serverProfile()
    let merged = profile.threadStacks()
    // Thread 43 has the stack and the name of thread 42.
    #expect(merged.count == profile.samples.count - 1)
    #expect(merged.first?.count == 345)
    #expect(merged.reduce(0) { $0 + $1.count } == profile.totalCount)
  }

  @Test func kindsOfFrames() {
    let profile = serverProfile()
    let kinds = Dictionary(
      profile.frames.map { (profile.functions[$0.function].name, profile.kind(of: $0)) },
      uniquingKeysWith: { first, _ in first })
    #expect(kinds["main"] == .user)
    #expect(kinds["next_token"] == .inlined)
    #expect(kinds["vfs_write"] == .kernel)
    #expect(kinds["nft_do_chain"] == .kernel)
    #expect(kinds["//anon+0x40"] == .anonymous)
    #expect(kinds["[unknown]"] == .unknown)
    #expect(kinds["libstripped.so.1+0x1a30"] == .user)
  }

  @Test func truncationsAreInUpperCase() {
    #expect(Truncation.noCFI.frameName == "[truncated: NO_CFI]")
  }
}
