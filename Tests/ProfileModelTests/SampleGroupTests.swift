// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@Suite struct SampleGroupTests {
  @Test func groupsStandAtTheRoot() {
    var profile = serverProfile()
    #expect(!profile.isGrouped)
    #expect(profile.grouped(byThread: false).samples == profile.samples)
    for index in profile.samples.indices {
      profile.samples[index].group = SampleGroup(cpu: Int32(index % 2), cgroup: "/a;b")
    }
    let grouped = profile.grouped(byThread: true)
    #expect(grouped.totalCount == profile.totalCount)
    for (sample, original) in zip(grouped.samples, profile.samples) {
      let pid = profile.processes[original.process].pid
      let names = grouped.stacks[sample.stack].frames.map {
        grouped.functions[grouped.frames[$0].function].name
      }
      #expect(sample.comm == "cgroup /a;b")
      #expect(
        names.suffix(2) == [
          "\(original.comm)-\(pid)/\(original.threadID)", "CPU \(original.group.cpu ?? -1)",
        ])
      #expect(
        grouped.stacks[sample.stack].frames.dropLast(2)
          == profile.stacks[original.stack].frames[...])
    }
  }
}
