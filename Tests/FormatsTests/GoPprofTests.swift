// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

/// The reader that most people use, on files that we wrote.
struct GoPprofTests {
  private func pprof(_ profile: Profile, _ arguments: String...) throws -> Tool.Result {
    let folder = try TemporaryFolder()
    let file = try folder.file("profile.pb.gz", try PprofWriter().bytes(of: profile))
    return try Tool.run("go", ["tool", "pprof"] + arguments + ["-symbolize=none", file])
  }

  @Test func top() throws {
    let result = try pprof(serverProfile(), "-top", "-sample_index=samples")
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.text.contains("File: server\n"))
    #expect(result.text.contains("Build ID: deadbeef\n"))
    #expect(result.text.contains("Showing nodes accounting for 1000, 100% of 1000 total"))
    #expect(result.text.contains("is_blank (inline)"))
    #expect(result.text.contains("[truncated: NO_CFI]"))
  }

  @Test func raw() throws {
    let result = try pprof(serverProfile(), "-raw")
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.text.contains("samples/count cpu/nanoseconds"))
    #expect(result.text.contains("310 3131313100:"))
    #expect(result.text.contains("comm:[server] pid:[42] thread_comm:[io worker 1] tid:[44]"))
    #expect(result.text.contains("0x1000/0x9000/0x1000 /opt/server/bin/server deadbeef"))
  }

  @Test func readsEveryProfile() throws {
    for profile in [hostileProfile(), deepProfile(depth: 2000), realisticProfile(stacks: 300)] {
      let result = try pprof(profile, "-top", "-nodecount=5", "-sample_index=samples")
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.text.contains("of \(profile.totalCount) total"))
      #expect(!result.output.contains(0x1b))
    }
  }

  @Test func emptyProfile() throws {
    let result = try pprof(ProfileBuilder().profile, "-raw")
    #expect(result.status == 0, "\(result.messages)")
  }
}
