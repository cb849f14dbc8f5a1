// SPDX-License-Identifier: Apache-2.0

import Compression
import ObjectFiles
import System

/// apt's lists of the packages that can be installed: `/var/lib/apt/lists/*_Packages`, which may be
/// compressed by gzip, LZ4 or xz. Lists in another compression are skipped.
///
/// A list of Debian has 50 MB uncompressed, which takes 40 ms of CPU time.
struct PackageLists {
  /// What the `InRelease` or `Release` file of a list says; empty where it is missing.
  struct Release {
    /// Who made the archive: `Debian`.
    var origin = ""
    /// `bookworm`, `bookworm-security`, …
    var codename = ""
  }

  private let folder: String

  /// For lists that are not what they seem: the most bytes that are read of one file, and that it may
  /// inflate to.
  private static let mostFileBytes: UInt64 = 256 << 20
  private static let mostBytes = 1 << 30
  /// The least bytes that are scanned at once, and the most of one package, which has a few thousand.
  private static let batchBytes = 1 << 20

  /// - Parameter root: The folder that is taken for `/`.
  init(root: String) { folder = "\(root)/var/lib/apt/lists" }

  /// Whether there is a list.
  var areThere: Bool { !names.isEmpty }

  /// Calls `body` for each package of each list.
  func forEach(_ body: (ControlParagraph, Release) -> Void) {
    let all = entries(ofFolder: folder).map(\.name)
    for name in names {
      guard let file = try? OpenFile(opening: "\(folder)/\(name)") else { continue }
      let release = release(ofList: name, all)
      scan(file, name) { body($0, release) }
    }
  }

  /// In the order of their names.
  private var names: [String] {
    entries(ofFolder: folder).map(\.name).filter { name in
      ["_Packages", "_Packages.gz", "_Packages.lz4", "_Packages.xz"].contains { name.hasSuffix($0) }
    }.sorted()
  }

  /// The release whose file has the longest name in common with the list's:
  /// `HOST_debian_dists_bookworm_InRelease` and `HOST_debian_dists_bookworm_main_binary-amd64_Packages`.
  private func release(ofList list: String, _ all: [String]) -> Release {
    var best: (length: Int, name: String)?
    for name in all {
      for end in ["InRelease", "Release"] where name.hasSuffix("_" + end) {
        let start = name.dropLast(end.utf8.count)
        if list.hasPrefix(start), start.utf8.count > best?.length ?? 0 {
          best = (start.utf8.count, name)
        }
      }
    }
    guard let name = best?.name, let file = try? OpenFile(opening: "\(folder)/\(name)"),
      let bytes = file.bytes(at: 0, count: min(file.size, 4096))
    else { return Release() }
    var release = Release()
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("Origin: ") { release.origin = String(line.dropFirst(8)) }
      if line.hasPrefix("Codename: ") { release.codename = String(line.dropFirst(10)) }
    }
    return release
  }

  private func scan(_ file: OpenFile, _ name: String, _ body: (ControlParagraph) -> Void) {
    guard file.size <= Self.mostFileBytes else { return }
    var batch: [UInt8] = []
    var total = 0
    /// - Returns: whether to go on.
    func take(_ piece: [UInt8]?) -> Bool {
      if let piece { batch += piece }
      total += piece?.count ?? 0
      guard batch.count >= Self.batchBytes || piece == nil else { return true }
      let used = batch.withUnsafeBytes { bytes in
        ControlParagraph.forEach(in: bytes, isLast: piece == nil, body)
      }
      // A list that is one paragraph would be scanned again with each piece.
      batch.removeFirst(used > 0 ? used : batch.count)
      return piece != nil && total <= Self.mostBytes
    }
    // Of compressed lists, what came before broken bytes counts.
    if name.hasSuffix(".lz4") {
      guard let bytes = file.bytes(at: 0, count: file.size), var stream = LZ4Stream(bytes) else {
        return
      }
      while take(stream.next()) {}
    } else if name.hasSuffix(".xz") {
      guard let bytes = file.bytes(at: 0, count: file.size), var stream = XzStream(bytes) else {
        return
      }
      while take(stream.next()) {}
    } else if name.hasSuffix(".gz") {
      guard let bytes = file.bytes(at: 0, count: file.size),
        let stream = try? InflateStream(limit: Self.mostBytes)
      else { return }
      stream.feed(bytes)
      while take(try? stream.next()) {}
    } else {
      var offset: UInt64 = 0
      while offset < file.size {
        let count = min(UInt64(Self.batchBytes), file.size - offset)
        guard let piece = file.bytes(at: offset, count: count), take(piece) else { break }
        offset += count
      }
      _ = take(nil)
    }
  }
}
