// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Ids of BPF programs, maps and links.
struct KernelObjects: Hashable {
  var programs: Set<Int> = []
  var maps: Set<Int> = []
  var links: Set<Int> = []

  /// Objects of which a process has descriptors, by /proc/PID/fdinfo. Empty when it has ended.
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
}
