// SPDX-License-Identifier: Apache-2.0

internal import FlameGraphs
internal import ProfileModel

/// A flame graph of a profile, or of the difference between two.
///
/// Each box is a function in a stack. It stands on the box of its caller. Its width is the share of
/// the samples with this stack in the total of the metric ``FlameProfile/shownMetric``.
public struct FlameGraph: Sendable {
  /// The options of drawing a flame graph. Each has a default.
  public struct Options: Hashable, Sendable {
    /// The heading of the picture; nil for one that names the profile's metric and target. Any text
    /// is allowed: it is escaped when it is drawn.
    public var title: String?
    /// The width of the SVG in pixels, at least 400; less is drawn as 400.
    public var width = 1200
    /// Whether the root is at the top (an icicle graph), not at the bottom.
    public var isInverted = false
    /// Whether each thread has its own box in an SVG. Otherwise, by default, threads of the same
    /// name share one. HTML pages always keep threads apart.
    public var keepsThreadsApart = false
    /// The largest size in bytes of the call tree that an SVG contains for zoom and search; nil for
    /// no limit. The default is 512 KiB. If the tree is larger, its smallest subtrees are merged
    /// into their parents.
    public var payloadLimit: Int? = 512 * 1024

    /// Creates the default options, the same as those of the command `flameback`.
    public init() {}
  }

  private indirect enum Subject {
    case profile(FlameProfile)
    case difference(before: FlameProfile, after: FlameProfile)
  }

  private let subject: Subject
  private let options: Options

  /// Creates a flame graph of one profile, which shows the profile's ``FlameProfile/shownMetric``.
  public init(_ profile: FlameProfile, options: Options = Options()) {
    subject = .profile(profile)
    self.options = options
  }

  /// Creates a differential flame graph, which shows how the share of each function in the total
  /// changed between two profiles. The width of a box is the sum of its values in both; its colour
  /// shows the change.
  ///
  /// - Parameters:
  ///   - before: The profile that is the basis of the comparison.
  ///   - after: The profile that is compared with it.
  ///   - options: The options of drawing.
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
        title: options.title
          ?? PictureText.differenceTitle(
            before.model.session.metric, after.model.session.metric),
        subtitle: [
          "before: \(before.total)", "after: \(after.total)", "shares of each total are compared",
        ], metric: after.model.session.metric)
      return try writer.bytes(of: Drawing(difference, text))
    }
  }
}
