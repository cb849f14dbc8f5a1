// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel
import System

/// A client of the debuginfod servers that the environment variable `DEBUGINFOD_URLS` names: it
/// fetches debug files by build id. Nothing is fetched unless a caller asks for it.
///
/// Libdebuginfod does the work in a child process without rights, which leaves the files in the
/// cache, where `DebugFiles` finds them; or in a folder of its own, from where root copies them to the
/// cache. (elfutils, debuginfod(8).)
package enum DebugFileServer {
  /// The result of fetching a list of debug files.
  package enum Outcome: Hashable, Sendable {
    /// The servers were asked for each file of the list; `found` is the number of files that they
    /// had.
    case done(found: Int)
    /// Not all files were asked for: the time limit was reached, or the child process that fetches
    /// them could not be started or ended early. `found` is the number of files that were fetched
    /// before.
    case abandoned(found: Int)
    /// The library libdebuginfod is not installed: nothing was fetched.
    case noLibrary
  }

  /// The progress of fetching a list of debug files, which callers show while they wait.
  package struct Progress: Sendable {
    /// The number of files that the servers have answered for so far, found or not.
    package var asked: Int
    /// The number of files in the list that is fetched, those done and those still to come.
    package var count: Int
    /// The number of bytes received so far of the file that is being fetched now.
    package var bytes: UInt64
  }

  /// Whether the environment variable `DEBUGINFOD_URLS` is set and not empty, so that there are
  /// servers to ask.
  package static var isConfigured: Bool { !(variable("DEBUGINFOD_URLS") ?? "").isEmpty }

  /// The time limit for fetching one list of files, in seconds: the number in the environment
  /// variable `DEBUGINFOD_MAXTIME`, but at most 3600; 60 if it has none. (Libdebuginfod applies the
  /// same variable to each single file.)
  package static var timeLimit: UInt64 {
    variable("DEBUGINFOD_MAXTIME").flatMap { UInt64($0) }.map { min($0, 3600) } ?? 60
  }

  /// The folder in which files that were fetched are kept, by the rules of libdebuginfod's manual, for
  /// the user who called sudo, if there is one; nil if the environment names none.
  static var cacheFolder: String? { cacheFolder(of: .current) }

  private static func cacheFolder(of identity: FetcherIdentity) -> String? {
    if case .invoker(_, let home) = identity { return home + "/.cache/debuginfod_client" }
    if let path = variable("DEBUGINFOD_CACHE_PATH") { return path }
    if let caches = variable("XDG_CACHE_HOME") { return caches + "/debuginfod_client" }
    return variable("HOME").map { $0 + "/.cache/debuginfod_client" }
  }

  /// Fetches the debug files of build ids, in this order.
  ///
  /// - Parameters:
  ///   - naming: The time for names; if it is over, as after a second Ctrl-C, so is fetching.
  ///   - progress: Called while a file is received; nil for no reports.
  static func fetch(
    _ ids: [BuildID], within naming: NamingTime? = nil, progress: ((Progress) -> Void)?
  ) -> Outcome {
    guard !ids.isEmpty else { return .done(found: 0) }
    let identity = FetcherIdentity.current
    guard let cache = cacheFolder(of: identity).map(DebugFileCache.init) else {
      return .abandoned(found: 0)
    }
    // Removed last of all, once the child has ended.
    let folder = identity == .ownUser ? try? FetchFolder() : nil
    guard folder != nil || identity != .ownUser,
      let child = ChildOfOwnProgram.start(
        as: DebugFileFetcher.name, [identity.word] + ids.map(\.description),
        environment: environment(of: identity, cache: folder?.path ?? cache.folder))
    else { return .abandoned(found: 0) }
    let pid = child.pid
    defer {
      kill(pid, SIGKILL)
      _ = childEnd(of: pid, within: 1000)
      withExtendedLifetime(folder) {}
    }
    if folder != nil { cache.removeUnused() }
    return follow(child.socket, of: ids.count, within: naming, progress) { index in
      guard let folder else { return true }
      return folder.file(of: ids[index]).map { cache.take($0, as: ids[index]) } ?? false
    }
  }

  /// The longest wait in milliseconds, after which it is seen that the time is over.
  private static let longestWait: CInt = 50

  /// Receives the child's messages until all files are done, or the time limit is reached.
  ///
  /// - Parameter take: Called for each file that was received, with its index; returns whether it is in
  ///   the cache then.
  private static func follow(
    _ socket: borrowing FileDescriptor, of count: Int, within naming: NamingTime?,
    _ progress: ((Progress) -> Void)?, _ take: (Int) -> Bool
  ) -> Outcome {
    let (start, limit) = (seconds(), timeLimit)
    var (asked, found) = (0, 0)
    while asked < count {
      let left = limit - min(seconds() - start, limit)
      var waited = pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0)
      guard left > 0, naming?.isOver != true else { break }
      let ready = poll(&waited, 1, longestWait)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      guard ready > 0 else { break }
      var bytes = [UInt8](repeating: 0, count: DebugFileFetcher.Message.size)
      let size = bytes.count
      // A message is sent by one small write, and so is received whole.
      let length = retryingWhenInterrupted { read(socket.rawValue, &bytes, size) }
      guard length == size, let message = DebugFileFetcher.Message(bytes) else { break }
      switch message {
      case .noLibrary: return .noLibrary
      case .loaded(let bytes):
        progress?(Progress(asked: asked, count: count, bytes: bytes))
        continue
      case .found: found += take(asked) ? 1 : 0
      case .missing: break
      }
      asked += 1
    }
    return asked == count ? .done(found: found) : .abandoned(found: found)
  }

  /// The variables that libdebuginfod and libcurl use.
  private static func environment(of identity: FetcherIdentity, cache: String) -> [String] {
    var kept = ["DEBUGINFOD_CACHE_PATH=\(cache)"]
    switch identity {
    case .caller: if let home = variable("HOME") { kept.append("HOME=\(home)") }
    case .invoker(_, let home): kept.append("HOME=\(home)")
    case .ownUser: kept.append("HOME=\(cache)")
    }
    var next = environ
    while let text = next.pointee {
      let variable = String(cString: text)
      let name = variable.prefix { $0 != "=" }
      if name != "DEBUGINFOD_CACHE_PATH",
        name.hasPrefix("DEBUGINFOD_") || name.hasPrefix("SSL_CERT_")
          || name.lowercased().hasSuffix("_proxy")
      {
        kept.append(variable)
      }
      next += 1
    }
    return kept
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static func seconds() -> UInt64 { monotonicNanoseconds() / 1_000_000_000 }
}
