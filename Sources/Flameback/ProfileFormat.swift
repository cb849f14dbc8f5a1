// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// A file format in which a profile can be written.
public struct ProfileFormat: Hashable, Sendable, CustomStringConvertible {
  /// The name of the format, such as `pprof`, as the option `-f` of the command `flameback` takes
  /// it.
  public let name: String

  /// Folded stacks: one line for each distinct stack, `thread;first;…;last value`, as
  /// stackcollapse-perf.pl writes them.
  public static let folded = ProfileFormat(name: "folded")
  /// A flame graph as one SVG file, which is interactive in a browser.
  public static let svg = ProfileFormat(name: "svg")
  /// A flame graph as one HTML page: an interactive viewer with all frames.
  public static let html = ProfileFormat(name: "html")
  /// The gzipped protocol buffer `profile.proto` of pprof (<https://github.com/google/pprof>).
  public static let pprof = ProfileFormat(name: "pprof")
  /// The JSON file format of speedscope (<https://www.speedscope.app>).
  public static let speedscope = ProfileFormat(name: "speedscope")
  /// The JSON format of the Firefox Profiler (<https://profiler.firefox.com>).
  public static let firefox = ProfileFormat(name: "firefox")
  /// The Trace Event Format, for Perfetto (<https://ui.perfetto.dev>) and `chrome://tracing`.
  public static let chromeTrace = ProfileFormat(name: "chrome-trace")
  /// The text that `perf script` of Linux prints, which many tools read.
  public static let perfScript = ProfileFormat(name: "perf-script")
  /// The JSON format of flameback, the only one that keeps all that a profile holds.
  public static let json = ProfileFormat(name: "json")

  /// All formats in which a profile can be written.
  public static let all = writers.map { ProfileFormat(name: $0.name) }

  private static let writers = FormatList.writers()

  /// The file name suffixes of the format, each with its dot, such as `.pb.gz`; the first is the
  /// usual one.
  public var suffixes: [String] { writer?.suffixes ?? [] }

  /// The writer with default options; nil for none, which no format outside of the lists has.
  var writer: (any ProfileWriter)? { Self.writers.first { $0.name == name } }

  /// Creates the format that has a given name; nil where no format has it.
  ///
  /// - Parameter name: The name, such as `pprof`, in lower case.
  public init?(named name: String) {
    guard let format = Self.all.first(where: { $0.name == name }) else { return nil }
    self = format
  }

  /// Creates the format that the suffix of a file name stands for; nil where no format has that
  /// suffix. If several suffixes match, the longest decides.
  ///
  /// - Parameter path: The name or path of a file, which need not exist.
  public init?(ofPath path: String) {
    let matches = Self.all.flatMap { format in format.suffixes.map { (format, $0) } }
      .filter { path.hasSuffix($0.1) }
    guard let best = matches.max(by: { $0.1.utf8.count < $1.1.utf8.count }) else { return nil }
    self = best.0
  }

  /// The name of the format, such as `pprof`.
  public var description: String { name }

  private init(name: String) { self.name = name }
}
