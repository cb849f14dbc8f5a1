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

  /// How pictures group samples. An HTML page has each thread, whatever was asked for.
  func grouping(_ options: OutputOptions) -> CallTreeBuilder.Grouping {
    self == .html
      ? .processesAndThreads : options.keepsThreadsApart ? .threads : .threadNames
  }

  /// The format of a file name, nil if it has no suffix that we know. `.json` comes last: others
  /// end in it, too.
  static func of(path: String) -> Self? {
    allCases.first { format in format.suffixes.contains { path.hasSuffix($0) } }
  }

  static var allSuffixes: String { allCases.flatMap(\.suffixes).joined(separator: " ") }

  func bytes(
    of profile: Profile, options: OutputOptions
  ) throws(CompressionError) -> [UInt8] {
    switch self {
    case .folded:
      return FoldedWriter(annotate: options.annotate)
        .bytes(of: profile.grouped(byThread: options.keepsThreadsApart))
    case .pprof: return try PprofWriter().bytes(of: profile)
    case .speedscope: return SpeedscopeWriter().bytes(of: profile)
    case .firefox: return FirefoxWriter().bytes(of: profile)
    case .perfScript: return PerfScriptWriter().bytes(of: profile)
    case .json: return ProfileJSONWriter().bytes(of: profile)
    case .svg, .html:
      let text = options.picture.text(
        PictureText(profile.session, title: options.picture.title),
        showing: profile.totalCount, of: profile.account.samples)
      if self == .svg, options.picture.isChart {
        var builder = FlameChartBuilder()
        profile.send(to: &builder)
        return try bytes(of: builder.finish(), text, options.picture)
      }
      let tree = CallTree(profile, grouping: grouping(options), keepsTimes: self == .html)
      return try bytes(of: tree, text, options.picture)
    }
  }

  /// A picture of a tree that is there already.
  func bytes(
    of tree: CallTree, _ text: PictureText, _ options: PictureOptions
  ) throws(CompressionError) -> [UInt8] {
    if self == .html { return try HTMLPage(tree, text, look: options.look).bytes() }
    return try SVGFlameGraph(tree, text, options: svgOptions(options)).bytes()
  }
}

extension OutputFormat {
  /// A picture of what changed.
  func bytes(
    of difference: CallTreeDifference, _ text: PictureText, _ options: PictureOptions
  ) throws(CompressionError) -> [UInt8] {
    if self == .html { return try HTMLPage(difference, text, look: options.look).bytes() }
    return try SVGFlameGraph(difference, text, options: svgOptions(options)).bytes()
  }

  private func svgOptions(_ options: PictureOptions) -> SVGFlameGraph.Options {
    .init(
      width: options.width,
      payloadLimit: options.isFull ? nil : SVGFlameGraph.usualPayloadLimit, look: options.look,
      narrowestBox: options.narrowestBox)
  }
}

struct OutputOptions {
  /// `_[k]` behind kernel frames, and the like.
  var annotate: Bool
  /// Threads of one name apart from each other, where only names are shown.
  var keepsThreadsApart = false
  var picture: PictureOptions
}

extension PictureOptions {
  /// What stands around the picture, as it was asked for.
  ///
  /// - Parameter samples: nil where `usual` tells of them already.
  func text(
    _ usual: PictureText, showing samples: UInt64? = nil,
    of account: SampleAccount = SampleAccount()
  ) -> PictureText {
    var text = usual
    if let title { text.title = title }
    if let countName { text.countName = countName }
    if let samples { text.tell(samples, of: account) }
    if let subtitle { text.subtitle = [subtitle] }
    if let nameType { text.nameType = nameType }
    if let notes { text.notes = notes }
    return text
  }
}
