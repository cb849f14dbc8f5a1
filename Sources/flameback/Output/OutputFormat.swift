// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Compression
import FlameGraphs
import Formats
import ProfileModel

/// What can be written, by the name that `-f` takes.
///
/// A new format is: a writer in `Formats` or `FlameGraphs`, a case here, its suffix, its call.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case folded
  case svg
  case html
  case pprof

  /// Ends of file names that mean this format; the first is the usual one.
  var suffixes: [String] {
    switch self {
    case .folded: [".folded", ".collapsed"]
    case .svg: [".svg"]
    case .html: [".html"]
    case .pprof: [".pb.gz"]
    }
  }

  /// Unreadable on a terminal.
  var isBinary: Bool { self == .pprof }

  /// The format of a file name, nil if it has no suffix that we know.
  static func of(path: String) -> Self? {
    allCases.first { format in format.suffixes.contains { path.hasSuffix($0) } }
  }

  static var allSuffixes: String { allCases.flatMap(\.suffixes).joined(separator: " ") }

  func bytes(of profile: Profile, options: OutputOptions) throws(CompressionError) -> [UInt8] {
    switch self {
    case .folded: FoldedWriter(annotate: options.annotate).bytes(of: profile)
    case .svg:
      try SVGFlameGraph(
        CallTree(profile), PictureText(profile, title: options.title),
        options: .init(payloadLimit: options.isFull ? nil : SVGFlameGraph.usualPayloadLimit)
      ).bytes()
    case .html:
      try HTMLPage(
        CallTree(profile, grouping: .processesAndThreads),
        PictureText(profile, title: options.title)
      ).bytes()
    case .pprof: try PprofWriter().bytes(of: profile)
    }
  }
}

struct OutputOptions {
  /// `_[k]` behind kernel frames, and the like.
  var annotate: Bool
  var title: String?
  /// All frames in the SVG, whatever its size.
  var isFull: Bool
}
