// SPDX-License-Identifier: Apache-2.0

/// The frames and paths of a profile as outputs show them, made once for all writers.
///
/// Outputs show more than a profile's frames: `[truncated: REASON]` at the root of a stack that was
/// cut, and `[unknown]` where a name is empty or a stack has no frames. Here these are frames like
/// the others, numbered behind them: an output's table of frames has `frameCount` rows, and its
/// paths are indices in that table.
public struct RenderedPaths: Sendable {
  private let profile: Profile
  private let names: [String]

  /// The name of a frame that has none, and of a stack without frames.
  public static let unknownName = "[unknown]"

  /// Paths of a profile's stacks.
  public init(_ profile: Profile) {
    self.profile = profile
    let functions = profile.functions.map {
      $0.name.isEmpty ? Self.unknownName : VisibleText.of($0.name)
    }
    names =
      profile.frames.map { functions[$0.function] } + Truncation.allCases.map(\.frameName)
      + [Self.unknownName]
  }

  /// The number of frames: the profile's, one for each `Truncation`, and `[unknown]`.
  public var frameCount: Int { names.count }

  /// The index of `[unknown]`.
  public var unknownFrame: Int { names.count - 1 }

  /// The index of the frame for a reason why stacks are cut.
  public func frame(of truncation: Truncation) -> Int {
    profile.frames.count + (Truncation.allCases.firstIndex(of: truncation) ?? 0)
  }

  /// The profile's frame with this index; nil for those that stand for what is not there.
  public func frame(_ index: Int) -> Frame? {
    index < profile.frames.count ? profile.frames[index] : nil
  }

  /// The reason that a frame stands for; nil for every other frame.
  public func truncation(_ index: Int) -> Truncation? {
    let place = index - profile.frames.count
    return Truncation.allCases.indices.contains(place) ? Truncation.allCases[place] : nil
  }

  /// The name of a frame: visible text, never empty.
  public func name(_ index: Int) -> String { names[index] }

  /// A stack's frames from the root to the leaf, the reason why it was cut first.
  ///
  /// - Parameters:
  ///   - stack: Index in `Profile.stacks`.
  ///   - fillsEmpty: Whether a stack without frames is shown as `[unknown]`.
  public func path(of stack: Int, fillsEmpty: Bool = false) -> [Int] {
    let stack = profile.stacks[stack]
    var path: [Int] = []
    path.reserveCapacity(stack.frames.count + 1)
    if let truncation = stack.truncation { path.append(frame(of: truncation)) }
    path.append(contentsOf: stack.frames.reversed())
    if path.isEmpty, fillsEmpty { path.append(unknownFrame) }
    return path
  }
}

/// The times at which outputs show samples whose own times are not known.
public struct RenderedTimes: Sendable {
  private let end: Double
  private let unit: Double
  /// Whether other samples have times.
  private let isTimed: Bool

  /// - Parameters:
  ///   - end: Where the time axis ends, in nanoseconds since the start.
  ///   - unit: The output's unit of time, in nanoseconds.
  ///   - isTimed: Whether times of other samples are known.
  public init(end: Double, unit: Double = 1, isTimed: Bool) {
    self.end = end / unit
    self.unit = unit
    self.isTimed = isTimed
  }

  /// Units since the start: the sample's own time; without one the end, if others have times,
  /// else a point on the axis such that all samples are spread evenly.
  ///
  /// - Parameters:
  ///   - index: Of the sample, among `count`.
  public func time(_ known: UInt64?, index: Int, of count: Int) -> Double {
    if let known { return Double(known) / unit }
    return isTimed ? end : end * (Double(index) / Double(max(1, count)))
  }
}
