// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

struct SampleFilterTests {
  private func filtered(
    _ profile: Profile = serverProfile(), _ change: (inout SampleSelection) -> Void
  ) -> (Profile, UInt64) {
    var selection = SampleSelection()
    change(&selection)
    var filter = SampleFilter(ProfileCollector(profile.session), selection)
    profile.send(to: &filter)
    return (filter.next.finish(), filter.filtered)
  }

  @Test func nothingChosenIsEverything() {
    let (profile, left) = filtered { _ in }
    #expect(profile.pathCounts == serverProfile().pathCounts)
    #expect(left == 0)
  }

  @Test func includeAndExclude() {
    let (writes, left) = filtered { $0.including = [{ $0 == "vfs_write" }] }
    #expect(writes.totalCount == 195)
    #expect(left == 805)
    #expect(
      filtered { $0.including = [{ $0 == "vfs_write" }, { $0 == "main" }] }.0.totalCount == 95)
    #expect(filtered { $0.excluding = [{ $0 == "vfs_write" }] }.0.totalCount == 805)
    #expect(filtered { $0.including = [{ $0 == "kswapd0" }] }.0.totalCount == 100)
    #expect(filtered { $0.excluding = [{ $0 == "server" }] }.0.totalCount == 250)
  }

  @Test func processesAndThreads() {
    #expect(filtered { $0.processIDs = [7] }.0.totalCount == 100)
    #expect(filtered { $0.threadIDs = [43, 44] }.0.totalCount == 185)
    #expect(filtered { $0.threadNames = ["io worker 1"] }.0.totalCount == 150)
  }

  @Test func rootCutsAboveTheOutermost() {
    let (profile, _) = filtered { $0.root = { $0.hasPrefix("server::Loop") } }
    #expect(profile.totalCount == 750)
    #expect(
      profile.pathCounts[
        "server → server::Loop::run(std::chrono::milliseconds) → server::parse(std::string_view)"]
        == 345)
  }

  @Test func directRecursionCollapses() {
    var builder = ProfileBuilder()
    let program = builder.module("/bin/p")
    let f = (0..<3).map { builder.frame("f", in: program, at: UInt64($0)) }
    let g = builder.frame("g", in: program)
    builder.sample("p", [f[0], f[1], g, f[2], f[0]], count: 5)
    let (profile, _) = filtered(builder.profile) { $0.collapsesRecursion = true }
    #expect(profile.pathCounts == ["p → f → g → f": 5])
  }
}
