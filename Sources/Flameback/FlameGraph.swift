// SPDX-License-Identifier: Apache-2.0

internal import FlameGraphs
internal import ProfileModel

/// A flame graph of a profile, or of the difference between two.
///
/// A box is a function in a stack. It stands on its caller, and is as wide as its share of
/// ``FlameProfile/shownMetric``.
public struct FlameGraph: Sendable {
  /// The options of drawing. Each has a default.
  public struct Options: Hashable, Sendable {
    /// The heading of the picture; nil for one that names the profile's metric and target. Any text
    /// is allowed: it is escaped when it is drawn.
    public var title: String?
    /// The width of the SVG in pixels, at least 400; less is drawn as 400.
    public var width = 1200
    /// Whether the root is at the top (an icicle graph), not at the bottom.
    public var isInverted = false
    /// Whether each thread has its own box. Otherwise threads of the same name share one.
    public var keepsThreadsApart = false
    /// The largest size in bytes of the data in an SVG for its viewer; nil for no limit. Where the
    /// data exceed it, the smallest subtrees are merged into their parents.
    public var payloadLimit: Int? = 512 * 1024

    /// Options with the defaults of the command `flameback`.
    public init() {}
  }

  private enum Subject {
    case profile(FlameProfile)
    case difference(before: FlameProfile, after: FlameProfile)
  }

  private let subject: Subject
  private let options: Options

  /// A flame graph of one profile.
  public init(_ profile: FlameProfile, options: Options = Options()) {
    subject = .profile(profile)
    self.options = options
  }

  /// A differential flame graph: how each function's share of the total changed between two
  /// profiles. The width of a box is the sum of both profiles; its colour shows the change.
  public init(before: FlameProfile, after: FlameProfile, options: Options = Options()) {
    subject = .difference(before: before, after: after)
    self.options = options
  }

  /// Draws the graph as one SVG file. The picture is complete without scripts; in a browser, its
  /// script adds zoom and search.
  ///
  /// - Returns: The bytes of the file.
  /// - Throws: ``ProfileWritingError`` where zlib has no memory to compress.
  public func svg() throws(ProfileWritingError) -> [UInt8] { try bytes(isPage: false) }

  /// Draws the graph as one HTML page, an interactive viewer with all frames. It loads nothing from
  /// the network.
  ///
  /// - Returns: The bytes of the file.
  /// - Throws: ``ProfileWritingError`` where zlib has no memory to compress.
  public func html() throws(ProfileWritingError) -> [UInt8] { try bytes(isPage: true) }

  private func bytes(isPage: Bool) throws(ProfileWritingError) -> [UInt8] {
    do throws(WritingError) { return try draw(isPage: isPage) } catch {
      throw ProfileWritingError(error)
    }
  }

  func draw(isPage: Bool) throws(WritingError) -> [UInt8] {
    var picture = PictureOptions()
    picture.title = options.title
    picture.view = options.isInverted ? .icicle : .flame
    picture.width = options.width
    picture.payloadLimit = options.payloadLimit
    picture.separatesThreads = options.keepsThreadsApart
    let writer: any PictureWriter =
      isPage ? HTMLWriter(options: picture) : SVGWriter(options: picture)
    switch subject {
    case .profile(let profile): return try writer.bytes(of: profile.model)
    case .difference(let before, let after):
      let difference = CallTreeDifference(
        before: CallTree(before.model), after: CallTree(after.model), basis: .shares)
      let text = PictureText(
        title: options.title ?? "CPU flame graph difference",
        subtitle: [
          "before: \(before.total)", "after: \(after.total)", "shares of each total are compared",
        ], metric: after.model.session.metric)
      return try writer.bytes(of: Drawing(difference, text))
    }
  }
}
