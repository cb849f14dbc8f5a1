// SPDX-License-Identifier: Apache-2.0

/// A format that profiles can be written in.
public struct ProfileFormat: Hashable, Sendable, CustomStringConvertible {
  /// Name of the format, as the option `-f` of the command takes it.
  public let name: String

  /// One line for each distinct stack, `thread;first;…;last value`, as stackcollapse-perf.pl writes.
  public static let folded = ProfileFormat(name: "folded")
  /// A picture with its viewer, as one SVG file.
  public static let svg = ProfileFormat(name: "svg")
  /// The viewer with all frames, as one HTML page.
  public static let html = ProfileFormat(name: "html")
  /// pprof's profile.proto, gzipped.
  public static let pprof = ProfileFormat(name: "pprof")
  /// <https://www.speedscope.app>
  public static let speedscope = ProfileFormat(name: "speedscope")
  /// <https://profiler.firefox.com>
  public static let firefox = ProfileFormat(name: "firefox")
  /// The text of `perf script`.
  public static let perfScript = ProfileFormat(name: "perf-script")
  /// flameback's own format, which keeps all that a profile holds.
  public static let json = ProfileFormat(name: "json")

  /// All formats.
  public static let all = [folded, svg, html, pprof, speedscope, firefox, perfScript, json]

  /// The ends of file names that mean this format; the first is the usual one.
  public var suffixes: [String] {
    switch self {
    case .folded: [".folded", ".collapsed"]
    case .svg: [".svg"]
    case .html: [".html"]
    case .pprof: [".pb.gz"]
    case .speedscope: [".speedscope.json"]
    case .firefox: [".firefox.json"]
    case .perfScript: [".perf.txt"]
    default: [".json"]
    }
  }

  /// The format with a name; nil where there is none.
  public init?(named name: String) {
    guard let format = Self.all.first(where: { $0.name == name }) else { return nil }
    self = format
  }

  /// The format that the end of a path means, the longest suffix first; nil where it means none.
  public init?(ofPath path: String) {
    let matches = Self.all.flatMap { format in format.suffixes.map { (format, $0) } }
      .filter { path.hasSuffix($0.1) }
    guard let best = matches.max(by: { $0.1.utf8.count < $1.1.utf8.count }) else { return nil }
    self = best.0
  }

  /// The name.
  public var description: String { name }

  private init(name: String) { self.name = name }
}
