// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// Whom the fetcher runs as, and in which folder libdebuginfod keeps its files. It is not root: what
/// servers send, and what a library does with it, must not have root's rights.
enum FetcherIdentity: Hashable {
  /// The user of this process, who is not root.
  case caller
  /// The user who called sudo, with the cache in his home folder, as for all his programs.
  case invoker(Invoker.Owner, home: String)
  /// A user of its own, who owns an empty folder. This process, which is root, takes over what arrives
  /// there into root's cache.
  case ownUser

  /// That of this process.
  static var current: FetcherIdentity {
    let namesCache = getenv("DEBUGINFOD_CACHE_PATH") != nil || getenv("XDG_CACHE_HOME") != nil
    return of(
      isRoot: geteuid() == 0, invoker: Invoker.ofSudo, namesCache: namesCache,
      home: ownHomeFolder)
  }

  /// - Parameters:
  ///   - invoker: The user who called sudo; nil for none.
  ///   - namesCache: Whether the environment names a cache. By sudo it was given to root.
  ///   - home: Returns the home folder of a user, if it is there and his own.
  static func of(
    isRoot: Bool, invoker: Invoker.Owner?, namesCache: Bool, home: (uid_t) -> String?
  ) -> FetcherIdentity {
    guard isRoot else { return .caller }
    guard let invoker, invoker.user != 0, !namesCache, let home = home(invoker.user) else {
      return .ownUser
    }
    return .invoker(invoker, home: home)
  }

  private static func ownHomeFolder(of user: uid_t) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var text = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(user, &entry, &text, text.count, &found) == 0, found != nil,
      let folder = entry.pw_dir.map({ String(cString: $0) }), folder.hasPrefix("/")
    else { return nil }
    var status = stat()
    guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == user
    else { return nil }
    return folder
  }

  /// The first argument of the fetcher.
  var word: String {
    switch self {
    case .caller: "caller"
    case .invoker(let owner, _): "\(owner.user):\(owner.group)"
    case .ownUser: "own"
    }
  }

  /// In the fetcher, first of all: becomes the user that `word` stands for, for good.
  ///
  /// - Parameter folder: The folder of a user of its own.
  /// - Returns: False if the fetcher must not go on.
  static func assume(_ word: String, folder: String) -> Bool {
    switch word {
    case "caller": return true
    case "own":
      // Where root has no other ids, or not the right to use them, it is no more than a user.
      _ = fb_become_owner(folder)
      return true
    default:
      let ids = word.split(separator: ":").compactMap { UInt32($0) }
      return ids.count == 2 && fb_become(ids[0], ids[1]) == 0
    }
  }
}
