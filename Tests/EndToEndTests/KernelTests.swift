// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// samples/kernel, which spends its time in system calls, whole and with `-U` and `-K`.
  @Suite struct KernelTests {
    private static func isKernel(_ frame: String) -> Bool { frame.hasSuffix("_[k]") }

    @Test func kernelFramesStandOnUserFrames() async throws {
      let run = try await RecordedRun(
        ["-F", "999", "--annotate", "--", SampleProgram.path("kernel"), "1"])
      expectMost(run.folded.count(where: Self.isKernel), of: run.folded.total, atLeast: 0.9)
      expectMost(run.folded.count(of: "main"), of: run.folded.total, atLeast: 0.9)
      let inRead = run.folded.count { $0.hasPrefix("vfs_read") }
      expectMost(inRead, of: run.folded.total, atLeast: 0.8)
      for line in run.folded.lines {
        let firstKernel = line.frames.firstIndex(where: Self.isKernel) ?? line.frames.endIndex
        #expect(line.frames[firstKernel...].allSatisfy(Self.isKernel), "\(line)")
      }
    }

    @Test func userOnlyKeepsEverySample() async throws {
      let run = try await RecordedRun(
        ["-U", "-F", "999", "--annotate", "--", SampleProgram.path("kernel"), "2.5"])
      #expect(run.folded.count(where: Self.isKernel) == 0)
      #expect(run.folded.total > 2000)
      expectMost(run.folded.count(of: "main"), of: run.folded.total, atLeast: 0.9)
    }

    @Test func kernelOnlyKeepsEverySample() async throws {
      let run = try await RecordedRun(
        ["-K", "-F", "999", "--annotate", "--", SampleProgram.path("split"), "2.5"])
      #expect(run.folded.count(of: "main") == 0)
      #expect(run.folded.count(of: "path_a") == 0)
      #expect(run.folded.total > 2000)
      #expect(run.folded.comms == ["split"])
    }

    /// Names agree with kallsyms. Each read of the program goes through the functions of `path`.
    @Test func namesAreThoseOfKallsyms() async throws {
      try expectNamesOfKallsyms(
        of: try await RecordedRun(
          ["-K", "-F", "999", "--annotate", "--", SampleProgram.path("kernel"), "1"]))
    }

    /// The same where a filter of system calls lets BPF programs be loaded, but not run by user space.
    @Test func namesWhereTheKernelCannotBeAsked() async throws {
      let folder = try TemporaryFolder()
      let source = folder("refuse.c")
      try Self.refusal.write(toFile: source, atomically: false, encoding: .utf8)
      let compiler = try ChildProcess("gcc", ["-o", folder("refuse"), source])
      try #require(try await compiler.waitForExit() == .code(0))
      try expectNamesOfKallsyms(
        of: try await RecordedRun(
          ["-K", "-F", "999", "--annotate", "--", SampleProgram.path("kernel"), "1"],
          prefix: [folder("refuse")]))
    }

    private func expectNamesOfKallsyms(of run: RecordedRun) throws {
      // String and Data of Foundation read only the first piece of a file whose size is 0.
      let kallsyms = try #require(FileHandle(forReadingAtPath: "/proc/kallsyms"))
      let text = String(decoding: try #require(try kallsyms.readToEnd()), as: UTF8.self)
      let functions = Set(
        text.split(separator: "\n").compactMap {
          $0.split { " \t".contains($0) }.dropFirst(2).first
        })
      let names = Set(run.folded.lines.flatMap(\.frames).map { $0.dropLast("_[k]".count) })
      #expect(names.isSubset(of: functions))
      let path = ["do_syscall_64_[k]", "ksys_read_[k]", "vfs_read_[k]"]
      expectMost(run.folded.count(ofPath: path), of: run.folded.total, atLeast: 0.5)
    }

    /// A program that runs another one, in which `bpf(BPF_PROG_TEST_RUN)` fails with EPERM.
    private static let refusal = """
      #include <errno.h>
      #include <linux/bpf.h>
      #include <linux/filter.h>
      #include <linux/seccomp.h>
      #include <stddef.h>
      #include <sys/prctl.h>
      #include <sys/syscall.h>
      #include <unistd.h>

      int main(int argc, char **argv)
      {
        struct sock_filter filter[] = {
          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_PROG_TEST_RUN, 0, 1),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
          return 126;
        execv(argv[1], argv + 1);
        return 127;
      }
      """

    @Test func noKernelAddressLeavesTheMachine() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("kernel"), "1"])
      let kernel = run.pprof.mappings.filter { $0.value.file == "[kernel.kallsyms]" }
      #expect(kernel.count == 1)
      #expect(kernel.allSatisfy { $0.value.start == 0 })
      let locations = run.pprof.samples.flatMap(\.locations)
      #expect(locations.contains { kernel[$0.mapping] != nil })
      let halfOfAllAddresses: UInt64 = 1 << 63
      #expect(locations.allSatisfy { $0.address < halfOfAllAddresses })
      #expect(locations.allSatisfy { kernel[$0.mapping] == nil || $0.address == 0 })
    }
  }
}
