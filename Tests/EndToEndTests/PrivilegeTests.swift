// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// What it says to those who may not, and what is enough.
  @Suite(.enabled(if: geteuid() == 0, "dropping privileges needs some"))
  struct PrivilegeTests {
    private static let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]

    @Test func withoutAnyItSaysWhatGrantsThem() async throws {
      let result = try await run(Self.nobody + ["--inh-caps=-all", "--bounding-set=-all"])
      #expect(result.exit == .code(3), "\(result)")
      #expect(result.messages.contains("CAP_BPF") && result.messages.contains("CAP_PERFMON"))
      #expect(result.messages.contains("sudo") || result.messages.contains("setcap"))
    }

    @Test(arguments: ["bpf", "perfmon"])
    func theMissingOneIsNamed(capability: String) async throws {
      let result = try await run([
        "--inh-caps=-all", "--bounding-set=-\(capability),-sys_admin",
      ])
      #expect(result.exit == .code(3), "\(result)")
      #expect(result.messages.contains("CAP_" + capability.uppercased()))
      let other = capability == "bpf" ? "CAP_PERFMON" : "CAP_BPF"
      #expect(!result.messages.split(separator: "\n")[0].contains(other), "\(result)")
    }

    /// CAP_BPF and CAP_PERFMON sample; one's own processes can be named without more.
    @Test func twoCapabilitiesSampleOnesOwnProcesses() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      let split = try folder.copy(of: SampleProgram.path("split"), as: "split")
      mkdir(folder("outputs"), 0o755)
      chown(folder("outputs"), 65534, 65534)
      let result = try await Flameback.run(
        ["record", "-F", "999", "-o", folder("outputs/x.folded"), "--", split, "1"],
        prefix: ["setpriv"] + Self.nobody + [
          "--inh-caps=+bpf,+perfmon", "--ambient-caps=+bpf,+perfmon",
        ],
        binary: binary)
      #expect(result.exit == .code(0), "\(result)")
      let folded = try FoldedStacks(folder.text(of: "outputs/x.folded"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)
    }

    private func run(_ privileges: [String]) async throws -> Flameback.Result {
      // The build may lie where nobody else may look.
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      chmod(folder.path, 0o777)  // It is not the folder that shall refuse.
      let result = try await Flameback.run(
        ["record", "-a", "-d", "1"], prefix: ["setpriv"] + privileges, binary: binary,
        in: folder.path)
      #expect(try folder.contents == ["flameback"])
      return result
    }
  }
}
