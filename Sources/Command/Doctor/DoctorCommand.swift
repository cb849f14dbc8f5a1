// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Formats

/// The command `flameback doctor`: checks what can be profiled on this machine.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks what can be profiled on this machine, and how to fix what cannot.",
    usage: "flameback doctor [--json]",
    discussion: """
      Changes nothing. Each line is a check: 'ok'; 'less' if profiles can be taken but lack \
      something; 'no' if nothing can be sampled. The line below a check shows the command that \
      fixes it.

      EXIT STATUS
        0    profiles can be taken
        3    a privilege is missing
        4    the kernel lacks a feature
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let findings = Examination.findings()
    let code = Finding.exitCode(of: findings)
    try StandardStreams.print(json ? Self.json(findings, code) : Self.text(findings))
    if code != 0 { throw Failure(exitCode: code, sentence: nil) }
  }

  private static func text(_ findings: [Finding]) -> String {
    let width = findings.map(\.name.count).max() ?? 0
    return findings.map { finding in
      let name = finding.name + String(repeating: " ", count: width - finding.name.count)
      let remedy = finding.remedy.map { "\n      fix: \($0)" } ?? ""
      return "\(finding.state.mark)  \(name)  \(finding.words)\(remedy)\n"
    }.joined()
  }

  private static func json(_ findings: [Finding], _ code: CInt) -> String {
    var json = JSONText()
    json.object { json in
      json.member("version", 1)
      json.member("exit_code", Int(code))
      json.array("checks") { json in
        for finding in findings {
          json.object { json in
            json.member("name", finding.name)
            json.member("state", finding.state.rawValue)
            json.member("finding", finding.words)
            if let remedy = finding.remedy { json.member("remedy", remedy) }
          }
        }
      }
    }
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }
}
