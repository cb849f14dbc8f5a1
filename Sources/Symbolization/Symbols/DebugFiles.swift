// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles
import ProfileModel

/// Finds and opens the separate files with a program's debug information.
///
/// First by build id, in `ROOT/.build-id/xx/rest.debug`; then by the name and the CRC in
/// `.gnu_debuglink`, beside the program, in `.debug/` there, below `ROOT`, and in `ROOT`. (GDB manual,
/// "Debugging Information in Separate Files".) A file is used only if its build id, CRC or the id of its
/// unit proves that it belongs to the program.
struct DebugFiles: Sendable {
  /// A separate file, open, and its path.
  struct Found {
    var file: OpenFile
    var image: ElfImage
    var path: String
  }

  /// Absolute folders, the `ROOT`s above, searched in this order.
  var roots: [String]
  /// Folders in which libdebuginfod keeps what it has fetched.
  var caches: [String]
  /// Opens a regular file by its absolute path; nil where that fails. It need not check the proof, but
  /// may.
  var openFile: @Sendable (_ path: String, _ proof: FileProof) -> OpenFile?

  /// - Parameter openFile: how files are opened; a worker asks its parent.
  init(
    _ options: Symbolizer.Options,
    openFile: @escaping @Sendable (_ path: String, _ proof: FileProof) -> OpenFile? = { path, _ in
      Self.openDirectly(path)
    }
  ) {
    roots = options.debugRoots
    caches = options.debugCaches
    self.openFile = openFile
  }

  /// The debug file of a program that was mapped from `path`; nil where there is none.
  func debugFile(of image: ElfImage, path: String) -> Found? {
    if let id = image.buildID, let found = file(with: id) { return found }
    guard let section = image.section(named: ".gnu_debuglink"),
      let link = image.contents(of: section, limit: 8192).map(ByteReader.init),
      let name = link.text(at: 0, limit: 4096).map({ String(decoding: $0, as: UTF8.self) }),
      let checksum = link.load(UInt32.self, at: (name.utf8.count + 4) & ~3),
      // Only a name: a hostile file could name a path anywhere.
      !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/"))
    else { return nil }
    let folder = folder(of: path)
    let folders = [folder, folder + "/.debug"] + roots.flatMap { [$0 + folder, $0] }
    for candidate in folders {
      let proof = FileProof.checksum(checksum)
      guard let found = open("\(candidate)/\(name)", proof),
        image.buildID == nil || found.image.buildID == nil
          || image.buildID == found.image.buildID,
        proof.holds(for: found.file)
      else { continue }
      return found
    }
    return nil
  }

  /// The file that dwz moved common parts to; nil where there is none. `.gnu_debugaltlink` of the file at
  /// `path` has its path and its build id.
  func supplement(of image: ElfImage, path: String) -> Found? {
    guard let section = image.section(named: ".gnu_debugaltlink"),
      let link = image.contents(of: section, limit: 8192).map(ByteReader.init),
      let name = link.text(at: 0, limit: 4096),
      let id = BuildID(link.bytes.dropFirst(name.count + 1))
    else { return nil }
    if let found = file(with: id) { return found }
    let target = String(decoding: name, as: UTF8.self)
    let absolute = target.hasPrefix("/") ? target : "\(folder(of: path))/\(target)"
    guard let found = open(absolute, .buildID(id)), found.image.buildID == id else { return nil }
    return found
  }

  /// The `.dwo` file of a split unit: by its name in the compiler's working folder; beside the program at
  /// `path`; or in a root. Nil where there is none. The caller checks that it has the unit.
  func split(_ unit: DebugInformation.SplitUnit, of path: String) -> Found? {
    let name = unit.name
    let last = name.split(separator: "/").last.map(String.init) ?? name
    let named = name.hasPrefix("/") ? name : "\(unit.folder)/\(name)"
    let paths = [named, "\(folder(of: path))/\(last)"] + roots.map { "\($0)/\(last)" }
    return paths.lazy.compactMap { open($0, .splitUnit(unit.identifier)) }.first
  }

  /// The `.dwp` file with the split units of the program at `path`, of which this is one; nil where there
  /// is none. The caller checks that it has the unit.
  func package(with unit: DebugInformation.SplitUnit, of path: String) -> Found? {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let paths = [path + ".dwp"] + roots.map { "\($0)/\(name).dwp" }
    return paths.lazy.compactMap { open($0, .splitUnit(unit.identifier)) }.first
  }

  /// The path at which libdebuginfod keeps the debug file of a build id.
  static func cached(_ id: BuildID, in folder: String) -> String { "\(folder)/\(id)/debuginfo" }

  private func file(with id: BuildID) -> Found? {
    let digits = id.description
    guard digits.utf8.count > 2 else { return nil }
    let paths =
      roots.map { "\($0)/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug" }
      + caches.map { Self.cached(id, in: $0) }
    return paths.lazy.compactMap { open($0, .buildID(id)) }.first { $0.image.buildID == id }
  }

  private func open(_ path: String, _ proof: FileProof) -> Found? {
    guard let file = openFile(path, proof), let image = ElfImage(file) else { return nil }
    return Found(file: file, image: image, path: path)
  }

  /// Opens a regular file in this process; nil where that fails.
  static func openDirectly(_ path: String) -> OpenFile? {
    do throws(AbsenceReason) {
      return try OpenFile(opening: path)
    } catch {
      return nil
    }
  }

  /// The path without its last component; empty for a file in the root folder.
  private func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }
}
