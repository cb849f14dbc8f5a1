// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Workers, the processes that read untrusted files: their rights, and modules all of which fail.
  @Suite struct WorkerTests {
    /// A worker of a binary with file capabilities gets them at its exec, and drops them.
    @Test(.enabled(if: geteuid() == 0, "granting capabilities needs some"))
    func aWorkerOfACapableBinaryGivesThemUp() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      let testing = try folder.copy(of: Flameback.testingBinary, as: "flameback-testing")
      let split = try folder.copy(of: SampleProgram.path("split"), as: "split")
      chmod(folder.path, 0o777)
      let granted = "cap_bpf,cap_perfmon+ep"
      let grant = try ChildProcess("setcap", [granted, binary, granted, testing])
      try #require(try await grant.waitForExit() == .code(0))
      let nobody = [
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
      ]
      let arguments = ["record", "-F", "999", "-o", folder("out.folded"), "--", split, "1"]

      let hanging = try Flameback(
        arguments, prefix: nobody, binary: testing,
        switches: ["FLAMEBACK_WORKER_FAULT": "hang:split"], in: folder.path)
      let worker = try await eventually("a worker is there") {
        self.confinedChild(of: hanging.pid)
      }
      expectNoCapabilities(of: worker)
      hanging.child.send(SIGKILL)
      #expect(try await hanging.finish().exit == .signal(SIGKILL))

      let result = try await Flameback.run(
        arguments, prefix: nobody, binary: binary, in: folder.path)
      #expect(result.exit == .code(0), "\(result)")
      #expect(!result.messages.contains("worker_"), "\(result.messages)")
      let folded = try FoldedStacks(folder.text(of: "out.folded"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)
    }

    /// Each module's worker crashes: each module has its reason.
    @Test func everyModuleMayFail() async throws {
      let run = try await RecordedRun(
        ["-F", "999", "--", SampleProgram.path("dlopener"), "1"],
        switches: ["FLAMEBACK_WORKER_FAULT": "crash:*"])
      #expect(run.result.messages.contains("dlopener in "))
      #expect(try run.statistics.count("frames.limited_modules.worker_crash") >= 3)
      for output in run.outputs {
        #expect(output.count(of: "before_dlopen") + output.count(of: "plugin_work") == 0)
      }
    }

    /// A worker's rights by /proc, while it hangs.
    @Test func aWorkerHasNoRights() async throws {
      let dlopener = try SampleProgram("dlopener", ["60"])
      try await dlopener.burns()
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-p", "\(dlopener.pid)", "-d", "0.5", "-o", folder("out.folded")],
        switches: ["FLAMEBACK_WORKER_FAULT": "hang:dlopener"])
      let worker = try await eventually("a worker is there") {
        self.confinedChild(of: flameback.pid)
      }
      let status = expectNoCapabilities(of: worker)
      if geteuid() == 0 {
        expectOwnUser(status)
        #expect(status["CapBnd"]?.allSatisfy { $0 == "0" } == true)
      }
      // The worker ends with its parent.
      flameback.child.send(SIGKILL)
      #expect(try await flameback.finish().exit == .signal(SIGKILL))
      try await eventually("the worker has ended with its parent") {
        [nil, "Z"].contains(ProcessStatus(worker)["State"]?.first)
      }
    }

    /// Other users can neither kill nor stop a worker. One that root or the kernel kills is replaced once.
    @Test(.enabled(if: geteuid() == 0, "workers of other users have their ids"))
    func aKilledWorkerIsReplaced() async throws {
      let split = try SampleProgram("split", ["600"])
      try await split.burns()
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-F", "999", "-p", "\(split.pid)", "-d", "0.5", "-o", folder("out.folded")],
        switches: ["FLAMEBACK_WORKER_FAULT": "hang-own:split"])
      var killed: [pid_t] = []
      while killed.count < 2 {
        let worker = try await eventually("a worker hangs") {
          self.confinedChild(of: flameback.pid).flatMap { worker in
            killed.contains(worker) || !has(worker, openFile: "split") ? nil : worker
          }
        }
        // Its time must not end meanwhile.
        #expect(kill(worker, SIGSTOP) == 0)
        if killed.isEmpty {
          let script = "for s in KILL STOP TERM SEGV; do kill -$s \(worker) && exit 0; done; exit 9"
          let neighbour = try ChildProcess(
            "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script])
          #expect(try await neighbour.waitForExit() == .code(9))
        }
        // Flameback's own reader, twice; the third worker is that of libdw, which does not hang.
        #expect(kill(worker, SIGKILL) == 0)
        killed.append(worker)
      }
      let result = try await flameback.finish()
      #expect(result.exit == .code(0), "\(result)")
      #expect(!result.messages.contains("worker_"), "\(result.messages)")
      let folded = try FoldedStacks(folder.text(of: "out.folded"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)
    }

    /// A user and a group that no system gives to anybody.
    private func expectOwnUser(_ status: ProcessStatus) {
      for key in ["Uid", "Gid"] {
        let ids = status[key]?.split(separator: "\t").compactMap { UInt32($0) } ?? []
        #expect(ids.count == 4 && Set(ids).count == 1, "\(key) \(ids)")
        // The second range is that of small user namespaces.
        let isUnused = ids.allSatisfy {
          (2_000_200_001...2_147_483_646).contains($0) || (65520...65533).contains($0)
        }
        #expect(isUnused, "\(key) \(ids)")
      }
      #expect(status["Groups"] == "")
    }

    @discardableResult
    private func expectNoCapabilities(of worker: pid_t) -> ProcessStatus {
      let status = ProcessStatus(worker)
      for key in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        #expect(status[key]?.allSatisfy { $0 == "0" } == true, "\(key) \(status)")
      }
      #expect(status["NoNewPrivs"] == "1")
      return status
    }

    private func has(_ worker: pid_t, openFile name: String) -> Bool {
      let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker)/fd")
      return (files ?? []).contains { file in
        let path = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/\(worker)/fd/\(file)")
        return path?.hasSuffix("/\(name)") == true
      }
    }

    private func confinedChild(of parent: pid_t) -> pid_t? {
      let path = "/proc/\(parent)/task"
      for thread in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
        let text = try? String(contentsOfFile: "\(path)/\(thread)/children", encoding: .utf8)
        for child in (text ?? "").split(separator: " ").compactMap({ pid_t($0) })
        where ProcessStatus(child)["Seccomp"] == "2" {
          return child
        }
      }
      return nil
    }
  }
}
