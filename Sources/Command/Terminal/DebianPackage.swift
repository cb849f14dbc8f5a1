// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// Which packages of Debian, or of what descends from it, have installed files: out of the lists that
/// dpkg keeps, a file a package and a line a path. Some ten milliseconds.
enum DebianPackage {
  private static let folder = "/var/lib/dpkg/info"

  /// The names of the packages, without their architecture, by the paths that any of them has.
  static func owners(of paths: Set<String>) -> [String: String] {
    // /lib is a link to /usr/lib these days, and packages know their files by either.
    var wanted: [[UInt8]: String] = [:]
    for path in paths {
      wanted[Array(path.utf8)] = path
      if path.hasPrefix("/usr/") { wanted[Array(path.dropFirst(4).utf8)] = path }
    }
    let lengths = Set(wanted.keys.map(\.count))
    var owners: [String: String] = [:]
    for name in lists() where owners.count < paths.count {
      guard let file = try? OpenFile(opening: "\(folder)/\(name)"),
        let bytes = file.bytes(at: 0, count: min(file.size, 16 << 20))
      else { continue }
      for line in bytes.split(separator: UInt8(ascii: "\n")) where lengths.contains(line.count) {
        guard let path = wanted[Array(line)] else { continue }
        owners[path] = String(name.dropLast(".list".count).prefix { $0 != ":" })
      }
    }
    return owners
  }

  private static func lists() -> [String] {
    entries(ofFolder: folder).map(\.name).filter { $0.hasSuffix(".list") }.sorted()
  }
}
