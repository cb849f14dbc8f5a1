// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Ids of BPF programs, maps and links.
struct KernelObjects: Hashable {
  var programs: Set<Int> = []
  var maps: Set<Int> = []
  var links: Set<Int> = []

  var isEmpty: Bool { programs.isEmpty && maps.isEmpty && links.isEmpty }

  /// What a process holds descriptors of, by /proc/PID/fdinfo. Empty when it has ended.
  static func held(by pid: pid_t) -> KernelObjects {
    var objects = KernelObjects()
    let folder = "/proc/\(pid)/fdinfo"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let text = (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n") {
        let words = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
        guard words.count == 2, let id = Int(words[1]) else { continue }
        switch words[0] {
        case "prog_id:": objects.programs.insert(id)
        case "map_id:": objects.maps.insert(id)
        case "link_id:": objects.links.insert(id)
        default: break
        }
      }
    }
    return objects
  }

  /// Those of `self` that the kernel still has, by bpftool.
  func remaining() async throws -> KernelObjects {
    KernelObjects(
      programs: programs.intersection(try await Self.ids(of: "prog")),
      maps: maps.intersection(try await Self.ids(of: "map")),
      links: links.intersection(try await Self.ids(of: "link")))
  }

  private static func ids(of kind: String) async throws -> Set<Int> {
    let folder = try TemporaryFolder()
    // Not in the PATH of every root: Debian has it in /usr/sbin.
    let bpftool = try ChildProcess(
      "/usr/sbin/bpftool", [kind, "show", "-j"], output: folder("json"))
    try #require(try await bpftool.waitForExit() == .code(0))
    let data = try #require(FileManager.default.contents(atPath: folder("json")))
    let list = try JSONSerialization.jsonObject(with: data) as? [[String: Any]]
    return Set(try #require(list).compactMap { $0["id"] as? Int })
  }
}
