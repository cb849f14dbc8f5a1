// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// The Debian packages that have the symbols of stripped files.
///
/// Most are called `PACKAGE-dbgsym` and are in an archive of their own, which few machines have in
/// their sources; but some packages, such as perl and python3, have theirs in a package of another
/// name in the main archive. apt's lists say for each such package which build ids it has. So it is
/// found there, and not by its name; only where no list has it, the name is composed.
struct DebugPackages {
  /// A file that lacks symbols.
  struct Stripped: Hashable {
    var path: String
    var buildID: BuildID
  }

  /// The commands by which the symbols are installed.
  private let commands: [Stripped: String]

  /// Searches the packages of all files at once.
  ///
  /// - Parameter root: The folder that is taken for `/`; another one in tests.
  init(of files: Set<Stripped>, root: String = "") {
    guard !files.isEmpty else {
      commands = [:]
      return
    }
    let owners = InstalledPackages(root: root).owners(of: Set(files.map(\.path)))
    let lists = PackageLists(root: root)
    let found = Search(for: files.map(\.buildID), Array(owners.values), in: lists)
    var commands: [Stripped: String] = [:]
    for file in files {
      if let command = found.commandForBuild(file.buildID) {
        commands[file] = command
      } else if let owner = owners[file.path], Self.isInstalled(file, root: root) {
        commands[file] =
          lists.areThere
          ? found.command(for: owner) : "apt update, after which the next run knows the package"
      }
    }
    self.commands = commands
  }

  /// The command that installs the symbols of a file, one of those of `init`; nil if no package is
  /// known to have them.
  func command(for file: Stripped) -> String? { commands[file] }

  /// Whether the file of this system at that path is the very file: not one of a container.
  private static func isInstalled(_ file: Stripped, root: String) -> Bool {
    guard let opened = try? OpenFile(opening: root + file.path) else { return false }
    return ElfImage(opened)?.buildID == file.buildID
  }
}

/// What apt's lists say of some build ids and packages.
private struct Search {
  /// A package with debug files, as a list has it.
  private struct Entry: Hashable {
    var name: String
    var version: String
    var source: String
  }

  /// A version of an installed package that an archive of Debian has.
  private struct Offer {
    var version: String
    var codename: String
  }

  private var byBuildID: [String: Entry] = [:]
  /// Debug packages of the sources of the owners.
  private var debugPackages: [Entry] = []
  /// How many versions of a debug package there are.
  private var versions: [String: Set<String>] = [:]
  /// Debian's own versions of the owners, by name.
  private var offers: [String: [Offer]] = [:]
  /// Whether Debian's archive of debug symbols is among the lists.
  private var hasDebugArchive = false

  init(for buildIDs: [BuildID], _ owners: [InstalledPackage], in lists: PackageLists) {
    let ids = Set(buildIDs.map(\.description))
    lists.forEach { paragraph, release in
      if release.codename.hasSuffix("-debug") { hasDebugArchive = true }
      if !paragraph.buildIDs.isEmpty { take(paragraph, ids, owners) }
      for owner in owners where paragraph.package.isText(owner.name) {
        // A package of this name may also come from elsewhere.
        guard release.origin == "Debian", paragraph.maintainer.isText(owner.maintainer) else {
          continue
        }
        offers[owner.name, default: []].append(
          Offer(version: paragraph.version.text, codename: release.codename))
      }
    }
  }

  private mutating func take(
    _ paragraph: ControlParagraph, _ ids: Set<String>, _ owners: [InstalledPackage]
  ) {
    let isOfSource = owners.contains { paragraph.sourceName.isText($0.source) }
    let held = paragraph.buildIDs.split(separator: UInt8(ascii: " ")).lazy
      .map { UnsafeRawBufferPointer(rebasing: $0) }
      .filter { id in ids.contains { id.isText($0) } }.map(\.text)
    guard isOfSource || !held.isEmpty else { return }
    let entry = Entry(
      name: paragraph.package.text, version: paragraph.version.text,
      source: paragraph.sourceName.text)
    for id in held { byBuildID[id] = entry }
    versions[entry.name, default: []].insert(entry.version)
    if isOfSource { debugPackages.append(entry) }
  }

  /// The command for the package that has the debug file of a build; nil if no list has one.
  func commandForBuild(_ id: BuildID) -> String? {
    byBuildID[id.description].map { entry in
      let isOneOfSeveral = versions[entry.name, default: []].count > 1
      return "apt install \(entry.name)" + (isOneOfSeveral ? "=\(entry.version)" : "")
    }
  }

  /// The command for the symbols of an installed package, whose build is in no list; nil if it is not
  /// Debian's, or if none can have them.
  func command(for owner: InstalledPackage) -> String? {
    guard let offers = offers[owner.name] else { return nil }
    let current = offers.first { $0.version == owner.version }
    if current == nil, let name = debugPackage(of: owner) {
      return "apt install \(owner.name) \(name), both newer: no list has the symbols of this build"
    }
    if hasDebugArchive { return nil }
    // Updates for security have no archive of their own for debug symbols.
    let offer = current ?? offers[0]
    let codename = offer.codename.prefix { $0 != "-" }
    let suite =
      offer.codename.hasSuffix("-security")
      ? "\(codename)-proposed-updates-debug" : "\(codename)-debug"
    return "apt install \(current == nil ? "\(owner.name) " : "")\(owner.name)-dbgsym, "
      + "from deb http://deb.debian.org/debian-debug \(suite) main"
  }

  /// The name of the package of the same source that has the owner's debug files in other versions:
  /// the owner's own, or else the only one of the source. Nil if there is none.
  private func debugPackage(of owner: InstalledPackage) -> String? {
    let names = Set(debugPackages.lazy.filter { $0.source == owner.source }.map(\.name))
    let own = ["\(owner.name)-dbgsym", "\(owner.name)-dbg"].first(where: names.contains)
    let shared = names.filter { !$0.hasSuffix("-dbgsym") }
    return own ?? (shared.count == 1 ? shared.first : nil)
  }
}
