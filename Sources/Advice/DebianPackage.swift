// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import System

/// The Debian packages that files belong to, from dpkg's file lists: `PACKAGE.list` in
/// /var/lib/dpkg/info, one path a line. Takes about 10 ms. Empty on systems without dpkg.
enum DebianPackage {
  private static let folder = "/var/lib/dpkg/info"

  /// The names of packages, without architecture, by path. A path of no package is absent.
  static func owners(of paths: Set<String>) -> [String: String] {
    // /lib is a link to /usr/lib, and packages list their files under either.
    var spellings: [[UInt8]: String] = [:]
    for path in paths {
      spellings[Array(path.utf8)] = path
      if path.hasPrefix("/usr/") { spellings[Array(path.dropFirst(4).utf8)] = path }
    }
    let lengths = Set(spellings.keys.map(\.count))
    var owners: [String: String] = [:]
    for name in lists() where owners.count < paths.count {
      guard let file = try? OpenFile(opening: "\(folder)/\(name)"),
        let bytes = file.bytes(at: 0, count: min(file.size, 16 << 20))
      else { continue }
      for line in bytes.split(separator: UInt8(ascii: "\n")) where lengths.contains(line.count) {
        guard let path = spellings[Array(line)] else { continue }
        owners[path] = String(name.dropLast(".list".count).prefix { $0 != ":" })
      }
    }
    return owners
  }

  private static func lists() -> [String] {
    entries(ofFolder: folder).map(\.name).filter { $0.hasSuffix(".list") }.sorted()
  }
}
