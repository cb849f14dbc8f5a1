// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Privileges that suffice, and those that are dropped.
  @Suite(.enabled(if: geteuid() == 0, "dropping privileges needs some"))
  struct PrivilegeTests {
    private static let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]

    /// CAP_BPF and CAP_PERFMON suffice to sample a user's own processes and to name their functions.
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

    /// A binary with file capabilities, run by a user without any.
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

      // Capabilities for symbols do not let its user read other files.
      let secret = folder("secret.folded")
      try "root;secret 1\n".write(toFile: secret, atomically: true, encoding: .utf8)
      chmod(secret, 0o600)
      let report = try await Flameback.run(
        ["report", secret], prefix: ["setpriv"] + Self.nobody, binary: binary)
      #expect(report.exit == .code(1) && !report.output.contains("secret"), "\(report)")
    }

    /// Which memory of the kernel the BPF program reads follows from its type information: only users who
    /// could load a program of their own may say what it is.
    @Test func typesOfTheKernelAreNotChosenByUsersOfACapableFile() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      let split = try folder.copy(of: SampleProgram.path("split"), as: "split")
      mkdir(folder("outputs"), 0o755)
      chown(folder("outputs"), 65534, 65534)
      let arguments = [
        "record", "-F", "999", "--btf", "/sys/kernel/btf/vmlinux", "-o",
        folder("outputs/x.folded"), "--", split, "0.3",
      ]
      let own = try await Flameback.run(
        arguments,
        prefix: ["setpriv"] + Self.nobody + [
          "--inh-caps=+bpf,+perfmon", "--ambient-caps=+bpf,+perfmon",
        ],
        binary: binary)
      #expect(own.exit == .code(0), "\(own)")
      unlink(folder("outputs/x.folded"))
      try #require(try Tool.run("/sbin/setcap", ["cap_bpf,cap_perfmon+ep", binary]).status == 0)
      let refused = try await Flameback.run(
        arguments, prefix: ["setpriv"] + Self.nobody, binary: binary)
      #expect(refused.exit == .code(2) && refused.messages.contains("--btf"), "\(refused)")
      #expect(refused.messages.split(separator: "\n").count == 1, "\(refused)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder("outputs")) == [])
    }

    /// A user who runs a binary that is root's by its file chooses no owner of outputs.
    @Test func sudosVariablesCountOnlyIfRootSetThem() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      chmod(binary, 0o4755)
      let input = try folder.file("in.folded", "a;b 1\n")
      for prefix in [["setpriv"] + Self.nobody, []] {
        let result = try await Flameback.run(
          ["report", input, "-o", folder("out.folded")], prefix: prefix, binary: binary,
          environment: ["SUDO_UID": "65001", "SUDO_GID": "65001"])
        #expect(result.exit == .code(0), "\(result)")
        var status = stat()
        #expect(stat(folder("out.folded"), &status) == 0)
        #expect((status.st_uid == 65001) == prefix.isEmpty, "\(status.st_uid)")
        unlink(folder("out.folded"))
      }
    }

    /// While samples are taken, no thread has a capability that loads programs or mounts. Each thread has
    /// its own capabilities.
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
        // Permitted and effective sets of the main thread, the builder of tables and the waiter for signals.
        return held.count == 6 && held.allSatisfy { $0 & (1 << 39 | 1 << 21) == 0 }
          && held.count { $0 & (1 << 38) != 0 } == 2 && held.count { $0 == 0 } == 2
      }
      try await split.burns()
      flameback.child.send(SIGINT)
      let result = try await flameback.finish()
      #expect(result.exit == .code(0), "\(result)")
    }

    /// A limit that cannot be raised is no error and causes no message.
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
  }
}
