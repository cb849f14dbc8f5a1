// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

/// What holds for every format in the lists: a new one is tested by being there.
struct FormatListTests {
  private let writers = Formats.writers()
  private let profiles = [
    serverProfile(), realisticProfile(stacks: 50), deepProfile(depth: 500), timedServerProfile(),
    splitServerProfile(), ProfileBuilder().profile,
  ]

  @Test func namesAndSuffixesAreDistinct() {
    #expect(Set(writers.map(\.name)).count == writers.count)
    let suffixes = writers.flatMap(\.suffixes)
    #expect(Set(suffixes).count == suffixes.count)
    #expect(suffixes.allSatisfy { $0.hasPrefix(".") })
    #expect(Set(Formats.readers.map { $0.name }).count == Formats.readers.count)
  }

  @Test func theLongestSuffixDecides() {
    for writer in writers {
      for suffix in writer.suffixes {
        let found = writers.matching(path: "dir/profile\(suffix)")?.name
        #expect(found == writer.name)
        let reversed = Array(writers.reversed()).matching(path: "x\(suffix)")?.name
        #expect(reversed == writer.name)
      }
    }
    #expect(writers.matching(path: "profile.txt") == nil)
  }

  @Test func theSameProfileGivesTheSameBytes() throws {
    for writer in writers {
      for profile in profiles {
        #expect(try writer.bytes(of: profile) == writer.bytes(of: profile), "\(writer.name)")
      }
    }
  }

  /// A sink that counts pieces.
  private struct Pieces: ByteSink {
    var sizes: [Int] = []
    mutating func write(_ bytes: [UInt8]) { sizes.append(bytes.count) }
  }

  @Test func noOutputIsHeldWhole() throws {
    let profile = realisticProfile(stacks: 3000)
    for writer in writers {
      var pieces = Pieces()
      try writer.write(profile, to: &pieces)
      let total = pieces.sizes.reduce(0, +)
      #expect(pieces.sizes.max() ?? 0 < max(total / 3, 150_000), "\(writer.name): \(pieces.sizes)")
    }
  }

  /// What a reader reads of a writer's output has the same total and the same paths.
  @Test func whatIsWrittenReadsTheSame() throws {
    var read: Set<String> = []
    for writer in writers {
      for profile in profiles.dropLast() {
        let bytes = try writer.bytes(of: profile)
        let again: ReadProfile
        do throws(ReadingError) {
          again = try ReadProfile(bytes)
        } catch {
          // Not every format has a reader.
          #expect(error == .otherJSON || error == .unrecognized, "\(writer.name)")
          continue
        }
        read.insert(writer.name)
        #expect(again.profile.totalCount == profile.totalCount, "\(writer.name)")
        #expect(again.account.bad == 0, "\(writer.name)")
        let inPieces = try ReadProfile(bytes, pieces: 9999)
        #expect(inPieces.profile.pathCounts == again.profile.pathCounts, "\(writer.name)")
      }
    }
    #expect(read.isSuperset(of: ["folded", "pprof", "speedscope", "perf-script", "json"]))
  }

  @Test func anEmptyInputIsAnError() {
    #expect(throws: ReadingError.empty) { try ReadProfile([]) }
  }

  /// Every reader, given every output cut or changed anywhere: an error or another profile.
  @Test func brokenBytesAreErrorsOrOtherProfiles() throws {
    var random = SeededGenerator(state: 11)
    let profile = serverProfile()
    for writer in writers {
      let whole = Array(try writer.bytes(of: profile).prefix(4000))
      for reader in Formats.readers {
        var (errors, profiles) = (0, 0)
        for round in 0..<24 {
          var bytes = whole
          if round % 3 == 0 { bytes.removeLast(Int(random.next() % UInt64(whole.count))) }
          for _ in 0..<round % 4 where !bytes.isEmpty {
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(
              truncatingIfNeeded: random.next())
          }
          do {
            let (read, account) = try reader.profile(of: bytes)
            profiles += 1
            // What gave samples was counted as understood.
            #expect(read.totalCount == 0 || account.good > 0, "\(reader.name)")
          } catch {
            errors += 1
          }
        }
        #expect(errors + profiles == 24)
      }
    }
  }

  /// A cut compressed or bracketed output is an error, wherever it is cut.
  @Test(arguments: ["pprof", "json", "speedscope"])
  func cutOutputsAreErrors(name: String) throws {
    let writer = try #require(writers.first { $0.name == name })
    let bytes = try writer.bytes(of: serverProfile())
    for length in stride(from: 1, to: bytes.count - 1, by: max(1, bytes.count / 23)) {
      #expect(throws: ReadingError.self, "\(length) of \(bytes.count)") {
        try ReadProfile(Array(bytes.prefix(length)))
      }
    }
  }
}
