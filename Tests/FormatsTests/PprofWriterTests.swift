// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct PprofWriterTests {
  private let profiles = [
    serverProfile(), hostileProfile(), deepProfile(depth: 2000), realisticProfile(stacks: 200),
    ProfileBuilder().profile,
  ]

  private func decode(_ profile: Profile) throws -> PprofFile {
    try PprofFile(PprofWriter().uncompressed(profile))
  }

  @Test func idsAreSequentialAndStringsBeginEmpty() throws {
    for file in try profiles.map(decode) {
      #expect(file.mappings.map(\.id) == file.mappings.indices.map { UInt64($0 + 1) })
      #expect(file.locations.map(\.id) == file.locations.indices.map { UInt64($0 + 1) })
      #expect(file.functions.map(\.id) == file.functions.indices.map { UInt64($0 + 1) })
      #expect(file.strings.first == "")
      #expect(Set(file.strings).count == file.strings.count)
      for string in file.strings { #expect(VisibleText.of(string) == string) }
    }
  }

  @Test func sampleTypes() throws {
    let file = try decode(serverProfile())
    #expect(file.sampleTypes.map(\.type) == ["samples", "cpu"])
    #expect(file.sampleTypes.map(\.unit) == ["count", "nanoseconds"])
    #expect(file.defaultSampleType == 0)
    #expect(file.periodType.type == "cpu")
    #expect(file.period == 10_101_010)
    #expect(file.timeNanos == 1_793_628_192_000_000_000)
    #expect(file.durationNanos == 30_000_000_000)
  }

  @Test func everyLocationHasAMappingAndANamedLine() throws {
    for file in try profiles.map(decode) {
      for location in file.locations {
        #expect((1...UInt64(file.mappings.count)).contains(location.mapping))
        #expect(!location.lines.isEmpty)
        for line in location.lines {
          #expect(!file.functions[Int(line.function) - 1].name.isEmpty)
        }
      }
      for sample in file.samples { #expect(!sample.locations.isEmpty) }
    }
  }

  @Test func labelsAreStringsOncePerKey() throws {
    for file in try profiles.map(decode) {
      for sample in file.samples {
        #expect(Set(sample.labels.map(\.key)).count == sample.labels.count)
        for label in sample.labels {
          #expect(!label.text.isEmpty)
          #expect(label.number == 0)
        }
      }
    }
    let labels = try decode(serverProfile()).samples[5].labels
    #expect(
      labels.map { "\($0.key)=\($0.text)" }
        == ["pid=42", "tid=44", "comm=server", "thread_comm=io worker 1"])
  }

  @Test func totalsAreKept() throws {
    for profile in profiles {
      let file = try decode(profile)
      let period = profile.session.metric.unitsPerCount
      #expect(file.samples.reduce(0) { $0 + $1.values[0] } == profile.totalCount)
      #expect(
        file.samples.allSatisfy { $0.values.count == 2 && $0.values[1] == $0.values[0] * period })
    }
  }

  @Test func framesAreThoseOfTheProfileLeafFirst() throws {
    let profile = realisticProfile(stacks: 200)
    let file = try decode(profile)
    #expect(file.samples.count == profile.samples.count)
    for (written, sample) in zip(file.samples, profile.samples) {
      let stack = profile.stacks[sample.stack]
      let names = stack.frames.map { profile.functions[profile.frames[$0].function].name }
      #expect(file.names(of: written) == names + (stack.truncation.map { [$0.frameName] } ?? []))
    }
  }

  @Test func inlinedFramesShareALocationInnermostFirst() throws {
    let file = try decode(serverProfile())
    let leaf = file.locations[Int(file.samples[1].locations[0]) - 1]
    #expect(
      leaf.lines.map { file.functions[Int($0.function) - 1].name }
        == ["is_blank", "next_token", "server::parse(std::string_view)"])
    #expect(leaf.lines.map(\.line) == [1, 5, 21])
    #expect(leaf.address == 0x1800)
  }

  @Test func theMainBinaryComesFirst() throws {
    // libc has as many samples, and a lower index; it is a library.
    #expect(try decode(serverProfile()).mappings[0].file == "/opt/server/bin/server")
    #expect(try decode(serverProfile()).mappings[0].buildID == "deadbeef")
  }

  @Test func mappingsSayWhatTheyKnow() throws {
    let mappings = try decode(serverProfile()).mappings
    let server = try #require(mappings.first { $0.file == "/opt/server/bin/server" })
    #expect(server.hasFunctions && server.hasFilenames && server.hasLineNumbers)
    #expect(server.hasInlineFrames)
    #expect((server.start, server.limit, server.offset) == (0x1000, 0x9000, 0x1000))
    let stripped = try #require(mappings.first { $0.file == "/usr/lib/libstripped.so.1" })
    #expect(!stripped.hasFunctions)
  }

  @Test func noAddressOfTheKernelIsWritten() throws {
    var builder = ProfileBuilder()
    let kernel = builder.module("[kernel.kallsyms]", .kernel)
    let module = builder.module("[nf_tables]", .kernelModule)
    let frames = [
      builder.frame("do_syscall_64", in: kernel, at: 0xffff_ffff_8123_4567),
      builder.frame("nft_do_chain", in: module, at: 0xffff_ffff_c123_4567),
    ]
    builder.sample("p", frames, count: 1)
    let file = try decode(builder.profile)
    #expect(file.locations.map(\.address) == [0, 0])
    #expect(file.mappings.map(\.start) == [0, 0])
    #expect(Set(file.mappings.map(\.file)) == ["[kernel.kallsyms]", "[nf_tables]"])
  }

  @Test func systemNamesAndLinesOfFunctions() throws {
    let file = try decode(serverProfile())
    let run = try #require(file.functions.first { $0.name.hasPrefix("server::Loop::run") })
    #expect(run.systemName == "_ZN6server4Loop3runE")
    #expect((run.file, run.startLine) == ("/src/loop.cpp", 40))
  }

  @Test func lossesAreInTheComments() throws {
    let comments = try decode(serverProfile()).comments
    #expect(comments.contains("samples: 1000 recorded, 8 lost"))
    #expect(comments.contains("lost: map_full 8"))
  }

  @Test func sameProfileSameBytes() throws {
    let bytes = try PprofWriter().bytes(of: realisticProfile(stacks: 300))
    #expect(try PprofWriter().bytes(of: realisticProfile(stacks: 300)) == bytes)
    // No time in the header of gzip.
    #expect(Array(bytes.prefix(8)) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
  }

  @Test func countsBeyondAllBoundsDoNotTrap() throws {
    var builder = ProfileBuilder()
    builder.sample("p", [], count: .max)
    #expect(try decode(builder.profile).samples[0].values[1] == UInt64(Int64.max))
  }
}
