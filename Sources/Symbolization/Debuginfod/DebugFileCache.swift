// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import System

/// Root's cache of fetched debug files, laid out as libdebuginfod does: it finds there what flameback has
/// put there, and the reverse.
struct DebugFileCache {
  /// An absolute path. It need not exist.
  let folder: String

  /// Files that were not read for this long are removed, in seconds, as libdebuginfod does.
  private static let longestUnused = 7 * 24 * 3600

  /// Copies a debug file into the cache.
  ///
  /// - Returns: False if that fails.
  func take(_ file: OpenFile, as id: BuildID) -> Bool {
    let path = DebugFiles.cached(id, in: folder)
    do throws(OutputPathError) {
      let replacement = FileReplacement(try Self.entry(path), path: path)
      try replacement.write(owner: Invoker.ofSudo, failing: { $0 }) {
        target throws(OutputPathError) in
        do throws(SystemError) {
          try Self.copy(file, to: target)
        } catch {
          throw .system(error)
        }
      }
      return true
    } catch {
      return false
    }
  }

  /// Removes debug files that were not used for a week, with their folders.
  func removeUnused() {
    let now = Int(nanoseconds(of: CLOCK_REALTIME) / 1_000_000_000)
    for (name, isFolder) in entries(ofFolder: folder) where isFolder && Self.isID(name) {
      var status = stat()
      guard let entry = try? FolderEntry("\(folder)/\(name)/debuginfo"),
        fstatat(entry.folder.rawValue, entry.name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        now - max(status.st_atim.tv_sec, status.st_mtim.tv_sec) > Self.longestUnused
      else { continue }
      unlinkat(entry.folder.rawValue, entry.name, 0)
      // Stays if libdebuginfod keeps other files there.
      if let entry = try? FolderEntry("\(folder)/\(name)") {
        unlinkat(entry.folder.rawValue, entry.name, AT_REMOVEDIR)
      }
    }
  }

  private static func isID(_ name: String) -> Bool {
    name.utf8.count > 2 && name.allSatisfy(\.isHexDigit)
  }

  /// The entry at a path, whose folders are made where they are missing.
  private static func entry(_ path: String) throws(OutputPathError) -> FolderEntry {
    do throws(OutputPathError) {
      return try FolderEntry(path)
    } catch {
      guard error.systemError.code == ENOENT, let slash = path.lastIndex(of: "/"),
        slash > path.startIndex
      else { throw error }
      let parent = try entry(String(path[..<slash]))
      if mkdirat(parent.folder.rawValue, parent.name, 0o700) == 0, let owner = Invoker.ofSudo {
        _ = fchownat(
          parent.folder.rawValue, parent.name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW)
      }
      return try FolderEntry(path)
    }
  }

  private static func copy(_ file: OpenFile, to target: CInt) throws(SystemError) {
    var offset: UInt64 = 0
    while offset < file.size {
      let bytes = try file.descriptor.read(at: offset, count: 1 << 20)
      // The fetcher, whose file it is, may have truncated it.
      guard !bytes.isEmpty else { throw SystemError(operation: "read", code: EIO) }
      try writeAll(bytes, to: target)
      offset += UInt64(bytes.count)
    }
  }
}
