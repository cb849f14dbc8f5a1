// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  @Suite struct DoctorTests {
    private struct Report: Decodable {
      struct Check: Decodable {
        var name: String
        var state: String
        var finding: String
        var remedy: String?
      }
      var version: Int
      var exitCode: Int32
      var checks: [Check]
    }

    @Test func whereAllWorks() async throws {
      let result = try await Flameback.run(["doctor"])
      #expect(result.exit == .code(0), "\(result)")
      #expect(result.messages.isEmpty)
      #expect(result.output.contains("ok    sampling"))
      let report = try await report(prefix: [])
      #expect(report.exitCode == 0)
      let required = [
        "kernel", "types", "jit", "lockdown", "capabilities", "sampling", "kernel names",
      ]
      for name in required {
        let check = try #require(report.checks.first { $0.name == name })
        #expect(check.state == "good" && check.remedy == nil)
      }
      // One line for each check and each remedy.
      let remedies = report.checks.count { $0.remedy != nil }
      #expect(result.output.split(separator: "\n").count == report.checks.count + remedies)
    }

    @Test(.enabled(if: geteuid() == 0)) func withoutPrivileges() async throws {
      let report = try await report(prefix: [
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
        "--bounding-set=-all",
      ])
      #expect(report.exitCode == 3)
      let check = try #require(report.checks.first { $0.name == "capabilities" })
      #expect(check.state == "privilege" && check.remedy?.contains("setcap") == true)
      for check in report.checks where check.state == "degraded" { #expect(!check.finding.isEmpty) }
      // A check of the machine does not depend on privileges.
      #expect(report.checks.first { $0.name == "kernel" }?.state == "good")
    }

    /// Kernels that a profiler can hang (6.16 and 6.17), by a preloaded uname(2).
    @Test(arguments: [("6.15.9", "good"), ("6.16.0-rc1", "degraded"), ("6.17.13", "degraded")])
    func kernelsThatHang(release: String, state: String) async throws {
      let folder = try TemporaryFolder()
      try """
      #define _GNU_SOURCE
      #include <string.h>
      #include <sys/syscall.h>
      #include <sys/utsname.h>
      #include <unistd.h>
      int uname(struct utsname *names)
      {
        syscall(SYS_uname, names);
        strcpy(names->release, "\(release)");
        return 0;
      }
      """.write(toFile: folder("uname.c"), atomically: false, encoding: .utf8)
      let compiler = try ChildProcess(
        "cc", ["-shared", "-fPIC", "-o", folder("uname.so"), folder("uname.c")])
      try #require(try await compiler.waitForExit() == .code(0))
      let report = try await report(prefix: ["env", "LD_PRELOAD=\(folder("uname.so"))"])
      let check = try #require(report.checks.first { $0.name == "kernel" })
      #expect(check.state == state && check.finding.contains(release), "\(check)")
      #expect(check.finding.contains("hang") == (state == "degraded"))
      #expect(report.exitCode == 0)
    }

    private func report(prefix: [String]) async throws -> Report {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      let result = try await Flameback.run(["doctor", "--json"], prefix: prefix, binary: binary)
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let report = try decoder.decode(Report.self, from: Data(result.output.utf8))
      #expect(result.exit == .code(report.exitCode), "\(result)")
      #expect(report.version == 1)
      return report
    }
  }
}
