// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel

/// Fetches debug files by build id from the servers in `DEBUGINFOD_URLS`, only when it is called.
///
/// Libdebuginfod does it, in a child without rights that has so long for all of them. It leaves them in
/// its cache, where `DebugFiles` finds them as it does those of a folder. (elfutils, debuginfod(8).)
public enum DebugFileServer {
  public enum Outcome: Hashable, Sendable {
    /// How many there were of those asked for.
    case done(found: Int)
    /// The time was over, or the child died.
    case abandoned(found: Int)
    /// Libdebuginfod is not installed.
    case noLibrary
  }

  /// Where files are on their way: how many have been asked for, of how many, and the bytes of this
  /// one.
  public struct Progress: Sendable {
    public var asked: Int
    public var count: Int
    public var bytes: UInt64
  }

  /// Whether there is anybody to ask.
  public static var isNamed: Bool { !(variable("DEBUGINFOD_URLS") ?? "").isEmpty }

  /// Seconds for all files together. libdebuginfod means the same variable for each.
  public static var patience: UInt64 {
    variable("DEBUGINFOD_MAXTIME").flatMap { UInt64($0) }.map { min($0, 3600) } ?? 60
  }

  /// Where libdebuginfod keeps what it has fetched, by the rules of its manual.
  static var cacheFolder: String? {
    if let path = variable("DEBUGINFOD_CACHE_PATH") { return path }
    if let caches = variable("XDG_CACHE_HOME") { return caches + "/debuginfod_client" }
    return variable("HOME").map { $0 + "/.cache/debuginfod_client" }
  }

  static func fetch(_ ids: [BuildID], progress: ((Progress) -> Void)?) -> Outcome {
    guard !ids.isEmpty else { return .done(found: 0) }
    guard
      let child = OwnProgram(
        as: DebugFileFetcher.name, ids.map(\.description), environment: environment())
    else { return .abandoned(found: 0) }
    let pid = child.pid
    defer {
      kill(pid, SIGKILL)
      _ = retryingWhenInterrupted { waitpid(pid, nil, 0) }
    }
    return follow(child.socket, of: ids.count, progress)
  }

  /// Reads what the child tells until it has done, or its time is over.
  private static func follow(
    _ socket: borrowing FileDescriptor, of count: Int, _ progress: ((Progress) -> Void)?
  ) -> Outcome {
    let (start, patience) = (seconds(), patience)
    var (asked, found) = (0, 0)
    while asked < count {
      let left = patience - min(seconds() - start, patience)
      var waited = pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&waited, 1, CInt(left) * 1000) > 0 else { break }
      var bytes = [UInt8](repeating: 0, count: DebugFileFetcher.Message.size)
      let size = bytes.count
      // Written by one call each, and small: they come whole.
      let length = retryingWhenInterrupted { read(socket.rawValue, &bytes, size) }
      guard length == size, let message = DebugFileFetcher.Message(bytes) else { break }
      switch message {
      case .noLibrary: return .noLibrary
      case .loaded(let bytes):
        progress?(Progress(asked: asked, count: count, bytes: bytes))
        continue
      case .found: found += 1
      case .missing: break
      }
      asked += 1
    }
    return asked == count ? .done(found: found) : .abandoned(found: found)
  }

  /// What the library goes by.
  private static func environment() -> [String] {
    var kept: [String] = []
    var place = environ
    while let text = place.pointee {
      let variable = String(cString: text)
      let name = variable.prefix { $0 != "=" }
      if name == "HOME" || name == "XDG_CACHE_HOME" || name.hasPrefix("DEBUGINFOD_")
        || name.hasPrefix("SSL_CERT_") || name.lowercased().hasSuffix("_proxy")
      {
        kept.append(variable)
      }
      place += 1
    }
    return kept
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static func seconds() -> UInt64 { monotonicNanoseconds() / 1_000_000_000 }
}
