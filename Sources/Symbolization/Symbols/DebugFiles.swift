// SPDX-License-Identifier: Apache-2.0

import CZlib
import ObjectFiles
import ProfileModel

/// Finds the file that holds the debug information which was split off a program.
///
/// By build id in `ROOT/.build-id/xx/rest.debug`, then by the name and the CRC in `.gnu_debuglink`,
/// beside the program, in `.debug/`, below `ROOT`, and in it. (GDB manual, "Debugging Information in
/// Separate Files".) A file counts only if its build id or CRC proves that it belongs.
struct DebugFiles: Sendable {
  /// A separate file and where it was.
  struct Found {
    var file: OpenFile
    var image: ElfImage
    var path: String
  }

  /// Absolute folders, searched in this order.
  var roots: [String]
  /// Folders in which libdebuginfod keeps what it has fetched.
  var caches: [String]
  /// Opens a regular file by its absolute path; nil where it cannot be.
  var openFile: @Sendable (_ path: String) -> OpenFile?

  init(
    _ options: Symbolizer.Options,
    openFile: @escaping @Sendable (_ path: String) -> OpenFile? = Self.openDirectly
  ) {
    roots = options.debugRoots
    caches = options.debugCaches
    self.openFile = openFile
  }

  /// The debug file of a program that was mapped from `path`.
  func debugFile(of image: ElfImage, path: String) -> Found? {
    if let id = image.buildID, let found = file(with: id) { return found }
    guard let section = image.section(named: ".gnu_debuglink"),
      let link = image.contents(of: section, limit: 8192).map(ByteReader.init),
      let name = link.text(at: 0, limit: 4096).map({ String(decoding: $0, as: UTF8.self) }),
      let checksum = link.load(UInt32.self, at: (name.utf8.count + 4) & ~3),
      // A name, not a way to somewhere else.
      !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/"))
    else { return nil }
    let folder = folder(of: path)
    let places = [folder, folder + "/.debug"] + roots.flatMap { [$0 + folder, $0] }
    for place in places {
      guard let found = open("\(place)/\(name)"), found.file.size <= Self.largest,
        image.buildID == nil || found.image.buildID == nil
          || image.buildID == found.image.buildID,
        crc(of: found.file) == checksum
      else { continue }
      return found
    }
    return nil
  }

  /// The file that dwz moved common parts to, as `.gnu_debugaltlink` of a file at `path` names it:
  /// a path and a build id.
  func supplement(of image: ElfImage, path: String) -> Found? {
    guard let section = image.section(named: ".gnu_debugaltlink"),
      let link = image.contents(of: section, limit: 8192).map(ByteReader.init),
      let name = link.text(at: 0, limit: 4096),
      let id = BuildID(link.bytes.dropFirst(name.count + 1))
    else { return nil }
    if let found = file(with: id) { return found }
    let target = String(decoding: name, as: UTF8.self)
    let place = target.hasPrefix("/") ? target : "\(folder(of: path))/\(target)"
    guard let found = open(place), found.image.buildID == id else { return nil }
    return found
  }

  /// The file that holds the split part of a unit: by its name in `folder`, where was compiled, beside
  /// the program at `path`, or in a root.
  func split(name: String, folder: String, of path: String) -> Found? {
    let last = name.split(separator: "/").last.map(String.init) ?? name
    let named = name.hasPrefix("/") ? name : "\(folder)/\(name)"
    return open(named) ?? open("\(self.folder(of: path))/\(last)")
      ?? roots.lazy.compactMap { open("\($0)/\(last)") }.first
  }

  /// The file that holds the split parts of all units of the program at `path`.
  func package(of path: String) -> Found? {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return open(path + ".dwp") ?? roots.lazy.compactMap { open("\($0)/\(name).dwp") }.first
  }

  private func file(with id: BuildID) -> Found? {
    let digits = id.description
    guard digits.utf8.count > 2 else { return nil }
    let places =
      roots.map { "\($0)/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug" }
      + caches.map { "\($0)/\(digits)/debuginfo" }
    return places.lazy.compactMap(open).first { $0.image.buildID == id }
  }

  private func open(_ path: String) -> Found? {
    guard let file = openFile(path), let image = ElfImage(file) else { return nil }
    return Found(file: file, image: image, path: path)
  }

  static func openDirectly(_ path: String) -> OpenFile? {
    do throws(AbsenceReason) {
      return try OpenFile(opening: path)
    } catch {
      return nil
    }
  }

  /// Everything before the last component; empty for a file in the root.
  private func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The CRC-32 of the whole file.
  private func crc(of file: OpenFile) -> UInt32? {
    var crc: UInt = 0
    var offset: UInt64 = 0
    while offset < file.size {
      let count = min(1 << 20, file.size - offset)
      guard let bytes = file.bytes(at: offset, count: count) else { return nil }
      crc = crc32(crc, bytes, UInt32(bytes.count))
      offset += count
    }
    return UInt32(truncatingIfNeeded: crc)
  }

  /// Larger files are not read whole for their checksum.
  private static let largest: UInt64 = 2 << 30
}
