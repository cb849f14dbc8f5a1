// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Programs of samples/, built with frame pointers and debug information and without both: profiles of
  /// both builds agree.
  @Suite struct FlavourTests {
    /// `swiftburn` is left out: without frame pointers the Swift compiler writes no call frame information
    /// for most functions, and their stacks are truncated (NO_CFI).
    @Test(arguments: ["dlopener", "frames", "recursion", "split", "templates", "threads"])
    func bothHaveTheSameStacks(sample: String) async throws {
      let framed = try await paths(SampleProgram.path(sample, "fp"))
      let frameless = try await paths(SampleProgram.path(sample, "nofp"))
      let (all, others) = (framed.values.reduce(0, +), frameless.values.reduce(0, +))
      var frequent = 0
      for path in Set(framed.keys).union(frameless.keys) {
        let (count, other) = (framed[path] ?? 0, frameless[path] ?? 0)
        let share = Double(count + other) / Double(all + others)
        if share < 0.02 { continue }
        frequent += 1
        // The standard deviation of the difference of two right profiles.
        let deviation = (share * (1 - share) * (1 / Double(all) + 1 / Double(others))).squareRoot()
        let difference = abs(Double(count) / Double(all) - Double(other) / Double(others))
        #expect(
          difference < toleratedDeviations * deviation,
          "\(path): \(count) of \(all), \(other) of \(others)")
      }
      #expect(frequent > 0)
    }

    /// Counts of each thread and stack without inlined functions, which only one build knows, and without
    /// kernel frames.
    private func paths(_ program: String) async throws -> [[String]: Int] {
      let run = try await RecordedRun(["-F", "999", "--annotate", "--", program, "1.5"])
      var paths: [[String]: Int] = [:]
      for line in run.folded.lines {
        let calls = line.frames.filter { !$0.hasSuffix("_[i]") && !$0.hasSuffix("_[k]") }
        paths[[line.comm] + calls, default: 0] += line.count
      }
      return paths
    }
  }
}
