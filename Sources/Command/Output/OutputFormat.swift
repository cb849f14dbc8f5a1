// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
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
  case speedscope
  case firefox
  case perfScript = "perf-script"
  case json

  /// Ends of file names that mean this format; the first is the usual one.
  var suffixes: [String] {
    switch self {
    case .folded: [".folded", ".collapsed"]
    case .svg: [".svg"]
    case .html: [".html"]
    case .pprof: [".pb.gz"]
    case .speedscope: [".speedscope.json"]
    case .firefox: [".firefox.json"]
    case .perfScript: [".perf.txt"]
    case .json: [".json"]
    }
  }

  /// Unreadable on a terminal.
  var isBinary: Bool { self == .pprof }

  var isPicture: Bool { self == .svg || self == .html }

  /// The format of a file name, nil if it has no suffix that we know. `.json` comes last: others
  /// end in it, too.
  static func of(path: String) -> Self? {
    allCases.first { format in format.suffixes.contains { path.hasSuffix($0) } }
  }

  static var allSuffixes: String { allCases.flatMap(\.suffixes).joined(separator: " ") }

  func bytes(
    of profile: Profile, options: OutputOptions
  ) throws(WritingError) -> [UInt8] {
    switch self {
    case .folded:
      return try FoldedWriter(
        annotate: options.annotate, separatesThreads: options.keepsThreadsApart
      ).bytes(of: profile)
    case .pprof: return try PprofWriter().bytes(of: profile)
    case .speedscope: return try SpeedscopeWriter().bytes(of: profile)
    case .firefox: return try FirefoxWriter().bytes(of: profile)
    case .perfScript: return try PerfScriptWriter().bytes(of: profile)
    case .json: return try ProfileJSONWriter().bytes(of: profile)
    case .svg, .html:
      return try pictureWriter(options).bytes(of: profile)
    }
  }

  /// The writer of pictures; an SVG writer for formats that are no pictures.
  func pictureWriter(_ options: OutputOptions) -> any PictureWriter {
    self == .html
      ? HTMLWriter(options: options.pictureOptions) : SVGWriter(options: options.pictureOptions)
  }

  /// A picture of a tree or a difference that exists already.
  func bytes(
    of drawing: Drawing, _ options: OutputOptions
  ) throws(WritingError) -> [UInt8] {
    try pictureWriter(options).bytes(of: drawing)
  }
}

struct OutputOptions {
  /// `_[k]` behind kernel frames, and the like.
  var annotate: Bool
  /// Threads of one name apart from each other, where only names are shown.
  var keepsThreadsApart = false
  var picture: PictureOptions

  /// The options of pictures, with what other formats share.
  var pictureOptions: PictureOptions {
    var options = picture
    options.separatesThreads = keepsThreadsApart
    return options
  }
}
