// SPDX-License-Identifier: Apache-2.0

internal import FlameGraphs
internal import ProfileModel

/// A flame graph of a profile, or of the difference between two.
///
/// A box is a function in a stack. It stands on its caller, and is as wide as its share of
/// ``FlameProfile/shownMetric``.
public struct FlameGraph: Sendable {
  /// How a flame graph is drawn.
  public struct Options: Hashable, Sendable {
    /// Heading; nil for one that names the profile's target. Escaped when it is drawn.
    public var title: String?
    /// Width of the SVG in pixels, at least 400.
    public var width = 1200
    /// Whether the root is on top.
    public var isInverted = false
    /// Whether threads of one name are drawn apart.
    public var keepsThreadsApart = false
    /// Most bytes of the data that an SVG's viewer shows: beyond it the smallest subtrees are merged. Nil
    /// for no limit.
    public var payloadLimit: Int? = 512 * 1024

    /// The command's defaults.
    public init() {}
  }

  private enum Subject {
    case profile(FlameProfile)
    case difference(before: FlameProfile, after: FlameProfile)
  }

  private let subject: Subject
  private let options: Options

  /// A graph of one profile.
  public init(_ profile: FlameProfile, options: Options = Options()) {
    subject = .profile(profile)
    self.options = options
  }

  /// A graph of what changed between two profiles, by each function's share of its profile's total. Boxes
  /// are as wide as both profiles together; colours say where the shares differ.
  public init(before: FlameProfile, after: FlameProfile, options: Options = Options()) {
    subject = .difference(before: before, after: after)
    self.options = options
  }

  /// The graph as one SVG file, which is complete without its script, and has a viewer in browsers.
  ///
  /// - Throws: ``ProfileWritingError`` where the C library's zlib cannot compress: out of memory.
  public func svg() throws(ProfileWritingError) -> [UInt8] { try bytes(isPage: false) }

  /// The viewer with all frames as one HTML page, which needs no network and allows none.
  ///
  /// - Throws: ``ProfileWritingError`` where the C library's zlib cannot compress: out of memory.
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
