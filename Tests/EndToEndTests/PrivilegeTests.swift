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

    /// With less than root has, each capability gives what docs/privileges.md says, and a missing one is
    /// told in one line.
    @Test func whatEachCapabilityGives() async throws {
      let folder = try TemporaryFolder()
      let open = try SampleProgram(
        path: folder.copy(of: SampleProgram.path("kernel"), as: "open"), ["60"])
      let secret = try folder.copy(of: SampleProgram.path("split"), as: "secret")
      chmod(secret, 0o700)
      let closed = try SampleProgram(path: secret, ["60"])
      let gone = try folder.copy(of: SampleProgram.path("recursion"), as: "gone")
      let deleted = try SampleProgram(path: gone, ["60"])
      unlink(gone)
      let pids = "\(open.pid),\(closed.pid),\(deleted.pid)"

      var given = ["bpf", "perfmon"]
      let functions = ["read_zeros", "[k]", "path_a", "burn_at_leaf"]
      func expect(_ named: Set<String>, lacking: [String]) async throws {
        let (result, folded) = try await sample(pids, with: given, in: folder)
        for function in functions {
          let isNamed =
            function == "[k]"
            ? folded.count { $0.hasPrefix("ksys_") || $0.hasPrefix("do_syscall") } > 0
            : folded.count(of: function) > 0
          #expect(isNamed == named.contains(function), "\(function) with \(given)")
        }
        for name in [
          "CAP_SYS_PTRACE", "CAP_SYSLOG", "CAP_DAC_READ_SEARCH", "CAP_CHECKPOINT_RESTORE",
        ] {
          let line = result.messages.split(separator: "\n").first {
            $0.contains("lack of") && $0.contains(name)
          }
          #expect(
            (line != nil) == lacking.contains(name), "\(name) with \(given): \(result.messages)")
          if let line { #expect(line.contains("setcap")) }
        }
      }
      try await expect(
        ["read_zeros"],
        lacking: ["CAP_SYS_PTRACE", "CAP_SYSLOG", "CAP_DAC_READ_SEARCH"])
      given += ["sys_ptrace"]
      given += ["syslog"]
      try await expect(
        ["read_zeros", "[k]"], lacking: ["CAP_DAC_READ_SEARCH", "CAP_CHECKPOINT_RESTORE"])
      given += ["dac_read_search"]
      try await expect(["read_zeros", "[k]", "path_a"], lacking: ["CAP_CHECKPOINT_RESTORE"])
      given += ["checkpoint_restore"]
      try await expect(["read_zeros", "[k]", "path_a", "burn_at_leaf"], lacking: [])
    }

    /// As nobody, with these capabilities.
    private func sample(
      _ pids: String, with capabilities: [String], in folder: TemporaryFolder
    ) async throws -> (Flameback.Result, FoldedStacks) {
      let outputs = try TemporaryFolder()
      let binary = try outputs.copy(of: Flameback.binary, as: "flameback")
      chmod(outputs.path, 0o777)
      let list = capabilities.map { "+" + $0 }.joined(separator: ",")
      let result = try await Flameback.run(
        ["record", "-p", pids, "-F", "999", "-d", "1", "-o", outputs("x.folded")],
        prefix: ["setpriv"] + Self.nobody + ["--inh-caps=" + list, "--ambient-caps=" + list],
        binary: binary)
      #expect(result.exit == .code(0), "\(result)")
      return (result, try FoldedStacks(outputs.text(of: "x.folded")))
    }

    /// A binary that was given capabilities itself, run by nobody with none of their own.
    @Test func capabilitiesOfTheFile() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      chmod(folder.path, 0o777)
      let split = try SampleProgram("split", ["60"])
      let setcap = try ChildProcess(
        "/sbin/setcap", ["cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search+ep", binary])
      try #require(try await setcap.waitForExit() == .code(0))
      let result = try await Flameback.run(
        ["record", "-p", "\(split.pid)", "-F", "999", "-d", "1", "-o", folder("x.folded")],
        prefix: ["setpriv"] + Self.nobody, binary: binary)
      #expect(result.exit == .code(0), "\(result)")
      let folded = try FoldedStacks(folder.text(of: "x.folded"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)

      // What it may read for names, it does not read for whoever calls it.
      let secret = folder("secret.folded")
      try "root;secret 1\n".write(toFile: secret, atomically: true, encoding: .utf8)
      chmod(secret, 0o600)
      let report = try await Flameback.run(
        ["report", secret], prefix: ["setpriv"] + Self.nobody, binary: binary)
      #expect(report.exit == .code(1) && !report.output.contains("secret"), "\(report)")
    }

    /// Once samples are being taken, nothing that loads programs or mounts is kept, by no thread:
    /// capabilities are a thread's own.
    @Test func whatIsNotNeededIsDropped() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-p", "\(split.pid)", "-o", folder("x.folded")], in: folder.path)
      try await eventually("capabilities are dropped") {
        let threads = try FileManager.default.contentsOfDirectory(
          atPath: "/proc/\(flameback.pid)/task"
        ).compactMap { pid_t($0) }
        let held = threads.flatMap { thread in
          let status = ProcessStatus(thread)
          return [status.bits("CapPrm"), status.bits("CapEff")]
        }
        // Those of the main thread, the builder of tables, and the one that waits for signals.
        return held.count == 6 && held.allSatisfy { $0 & (1 << 39 | 1 << 21) == 0 }
          && held.count { $0 & (1 << 38) != 0 } == 2 && held.count { $0 == 0 } == 2
      }
      try await split.burns()
      flameback.child.send(SIGINT)
      let result = try await flameback.finish()
      #expect(result.exit == .code(0), "\(result)")
    }

    /// No limit that cannot be raised is an error, nor worth a word.
    @Test func limitsThatCannotBeRaised() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "-o", folder("x.folded"), "--", SampleProgram.path("split"), "0.5"],
        prefix: [
          "prlimit", "--memlock=0:0", "--nofile=128:128", "setpriv", "--bounding-set=-sys_resource",
        ])
      #expect(result.exit == .code(0), "\(result)")
      #expect(!result.messages.contains("limit"), "\(result)")
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
