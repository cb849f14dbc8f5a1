// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// `--per-thread`, `--per-cpu`, `--per-cgroup`.
  @Suite struct GroupingTests {
    @Test func threads() async throws {
      let run = try await RecordedRun(
        ["--per-thread", "-F", "999", "--", SampleProgram.path("threads"), "1"])
      let ids = Set(run.pprof.samples.map { "\($0.labels["pid"] ?? "")/\($0.labels["tid"] ?? "")" })
      #expect(
        Set(run.folded.comms.map { $0.split(separator: "-").last.map(String.init) ?? "" }) == ids)
      #expect(run.folded.comms.contains { $0.hasPrefix("alpha-50-") })
    }

    @Test func cpus() async throws {
      let run = try await RecordedRun(
        ["--per-cpu", "-F", "999", "--", SampleProgram.path("threads"), "1"])
      let cpus = Set(run.pprof.samples.compactMap { $0.labels["cpu"] })
      #expect(run.folded.comms == Set(cpus.map { "CPU_\($0)" }))
      #expect(run.folded.count(of: "alpha-50") > 100)
      for cpu in cpus {
        let inFolded = run.folded.samples { $0.comm == "CPU_\(cpu)" }
        #expect(inFolded == run.pprof.count(labelled: "cpu", cpu))
      }
      // A picture of the pprof file has the same groups.
      for output in ["again.svg", "again.html"] {
        let report = try await Flameback.run(
          ["report", "out.pb.gz", "-o", output, "--title", "T"], in: run.folder.path)
        #expect(report.exit == .code(0), "\(report)")
      }
      let again = try FlameGraphPicture(Data(run.folder.text(of: "again.svg").utf8))
      for cpu in cpus {
        #expect(again.count { $0 == "CPU \(cpu)" } == run.pprof.count(labelled: "cpu", cpu))
      }
      #expect(again.text.contains(" · 0 lost"))
      let back = try await Flameback.run(["report", "again.html", "-o", "-"], in: run.folder.path)
      #expect(try FoldedStacks(back.output).comms == run.folded.comms)
    }

    @Test(arguments: CgroupFolder.roots())
    func cgroups(root: String) async throws {
      let group = try CgroupFolder(in: root)
      let programs = [try SampleProgram("split", ["60"]), try SampleProgram("recursion", ["60"])]
      for (name, program) in zip(["one", "two"], programs) { try group.take(program.pid, in: name) }
      let run = try await RecordedRun(
        ["--cgroup", group.path, "--per-cgroup", "-F", "999", "-d", "2"])
      let name = "/" + (group.path.split(separator: "/").last ?? "")
      for (below, program) in zip(["one", "two"], programs) {
        let path = "\(name)/\(below)"
        let labelled = run.pprof.count(labelled: "cgroup", path)
        #expect(labelled > 100 && labelled == run.pprof.count(labelled: "pid", "\(program.pid)"))
        #expect(run.folded.samples { $0.comm == "cgroup_\(path)" } == labelled)
      }
    }
  }
}
