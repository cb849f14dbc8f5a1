// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import System

/// A Debian package that is installed, as dpkg knows it.
struct InstalledPackage {
  /// Without its architecture.
  var name: String
  /// The name of the source package that it was built from.
  var source: String
  var version: String
  var maintainer: String
}

/// The packages that are installed, from dpkg's files in `/var/lib/dpkg`: `info/PACKAGE.list`, one
/// path a line, and `status`. Takes about 10 ms. Empty on systems without dpkg.
struct InstalledPackages {
  private let folder: String

  /// - Parameter root: The folder that is taken for `/`.
  init(root: String) { folder = "\(root)/var/lib/dpkg" }

  /// The packages that files belong to, by path. A path of no package is absent.
  func owners(of paths: Set<String>) -> [String: InstalledPackage] {
    guard !paths.isEmpty else { return [:] }
    let names = ownerNames(of: paths)
    let packages = packages(named: Set(names.values))
    return names.compactMapValues { packages[$0] }
  }

  private func ownerNames(of paths: Set<String>) -> [String: String] {
    // /lib is a link to /usr/lib, and packages list their files under either.
    var spellings: [[UInt8]: String] = [:]
    for path in paths {
      spellings[Array(path.utf8)] = path
      if path.hasPrefix("/usr/") { spellings[Array(path.dropFirst(4).utf8)] = path }
    }
    let lengths = Set(spellings.keys.map(\.count))
    var owners: [String: String] = [:]
    for name in lists() where owners.count < paths.count {
      guard let file = try? OpenFile(opening: "\(folder)/info/\(name)"),
        let bytes = file.bytes(at: 0, count: min(file.size, 16 << 20))
      else { continue }
      for line in bytes.split(separator: UInt8(ascii: "\n")) where lengths.contains(line.count) {
        guard let path = spellings[Array(line)] else { continue }
        owners[path] = String(name.dropLast(".list".count).prefix { $0 != ":" })
      }
    }
    return owners
  }

  private func lists() -> [String] {
    entries(ofFolder: "\(folder)/info").map(\.name).filter { $0.hasSuffix(".list") }.sorted()
  }

  private func packages(named names: Set<String>) -> [String: InstalledPackage] {
    guard !names.isEmpty, let file = try? OpenFile(opening: "\(folder)/status"),
      let bytes = file.bytes(at: 0, count: min(file.size, 64 << 20))
    else { return [:] }
    var packages: [String: InstalledPackage] = [:]
    _ = bytes.withUnsafeBytes { bytes in
      ControlParagraph.forEach(in: bytes, isLast: true) { paragraph in
        guard names.contains(where: paragraph.package.isText) else { return }
        let name = paragraph.package.text
        packages[name] = InstalledPackage(
          name: name, source: paragraph.sourceName.text, version: paragraph.version.text,
          maintainer: paragraph.maintainer.text)
      }
    }
    return packages
  }
}
