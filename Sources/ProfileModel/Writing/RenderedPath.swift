// SPDX-License-Identifier: Apache-2.0

/// The frames and root-to-leaf paths of a profile as outputs show them, made once for all writers.
///
/// Outputs show more than a profile's frames: `[truncated: REASON]` at the root of a stack that was
/// cut, and `[unknown]` where a name is empty or a stack has no frames. Here these are frames like
/// the others, with the indices behind those of the profile: an output's table of frames has
/// `frameCount` rows, and its paths are indices in that table.
package struct RenderedPaths: Sendable {
  private let profile: Profile
  private static let truncations = Truncation.allCases

  /// The name that is shown for a frame, module or thread without one, and for a stack without
  /// frames.
  package static let unknownName = "[unknown]"

  /// The names of the profile's functions, then those of the `Truncation`s, then `[unknown]`:
  /// visible text, never empty. `nameIndex(of:)` returns the index of a frame's name.
  package let names: [String]

  /// Prepares the names of all frames of a profile.
  ///
  /// - Parameters:
  ///   - profile: The profile whose frames and stacks are shown.
  ///   - naming: Returns the name that an output shows for a function; its parameter is the
  ///     function's own name, which is untrusted text.
  package init(_ profile: Profile, naming: (String) -> String = Self.shownName(of:)) {
    self.profile = profile
    names =
      profile.functions.map { naming($0.name) } + Self.truncations.map(\.frameName)
      + [Self.unknownName]
  }

  /// Returns the name that outputs show for an untrusted name: the name as visible text (see
  /// ``VisibleText``), or `[unknown]` if it is empty.
  package static func shownName(of name: String) -> String {
    name.isEmpty ? unknownName : VisibleText.of(name)
  }

  /// The number of frames that outputs can show: those of the profile, one for each `Truncation`,
  /// and `[unknown]`.
  package var frameCount: Int { unknownFrame + 1 }

  /// The index, below `frameCount`, of the frame `[unknown]`.
  package var unknownFrame: Int { profile.frames.count + Self.truncations.count }

  /// Returns the index, below `frameCount`, of the frame that shows why a stack was cut.
  package func frame(of truncation: Truncation) -> Int {
    profile.frames.count + (Self.truncations.firstIndex(of: truncation) ?? 0)
  }

  /// Returns the profile's frame with this index, which is below `frameCount`; nil for the frames
  /// `[truncated: REASON]` and `[unknown]`, which are no code.
  package func frame(_ index: Int) -> Frame? {
    index < profile.frames.count ? profile.frames[index] : nil
  }

  /// Returns the index in `names` of a frame's name.
  ///
  /// - Parameter frame: The index of the frame, below `frameCount`.
  package func nameIndex(of frame: Int) -> Int {
    let count = profile.frames.count
    return frame < count ? profile.frames[frame].function : frame - count + profile.functions.count
  }

  /// Returns the name of a frame: visible text (see ``VisibleText``), never empty.
  ///
  /// - Parameter index: The index of the frame, below `frameCount`.
  package func name(_ index: Int) -> String { names[nameIndex(of: index)] }

  /// Returns the indices, each below `frameCount`, of a stack's frames from the root to the leaf.
  /// The path of a stack that was cut begins with the frame `[truncated: REASON]`.
  ///
  /// - Parameters:
  ///   - stack: The index of the stack in `Profile.stacks`.
  ///   - fillsEmpty: Whether a stack without frames is shown as `[unknown]`; else its path is
  ///     empty.
  package func path(of stack: Int, fillsEmpty: Bool = false) -> [Int] {
    var path: [Int] = []
    self.path(of: stack, fillsEmpty: fillsEmpty, into: &path)
    return path
  }

  /// Writes the indices of a stack's frames, from the root to the leaf, into an array, whose
  /// content is replaced, so that the array's memory serves many stacks.
  ///
  /// - Parameters:
  ///   - stack: The index of the stack in `Profile.stacks`.
  ///   - fillsEmpty: Whether a stack without frames is shown as `[unknown]`; else its path is
  ///     empty.
  ///   - path: The array; a stack that was cut begins with the frame `[truncated: REASON]`.
  package func path(of stack: Int, fillsEmpty: Bool = false, into path: inout [Int]) {
    let stack = profile.stacks[stack]
    path.removeAll(keepingCapacity: true)
    path.reserveCapacity(stack.frames.count + 1)
    if let truncation = stack.truncation { path.append(frame(of: truncation)) }
    path.append(contentsOf: stack.frames.reversed())
    if path.isEmpty, fillsEmpty { path.append(unknownFrame) }
  }
}

/// The times at which outputs with a time axis show samples whose own times are not known.
package struct RenderedTimes: Sendable {
  private let end: Double
  private let unit: Double
  /// Whether other samples have times.
  private let isTimed: Bool

  /// Creates the time axis of an output.
  ///
  /// - Parameters:
  ///   - end: The end of the axis, in nanoseconds since the start of the recording.
  ///   - unit: The output's unit of time, in nanoseconds.
  ///   - isTimed: Whether the time of at least one sample is known.
  package init(end: Double, unit: Double = 1, isTimed: Bool) {
    self.end = end / unit
    self.unit = unit
    self.isTimed = isTimed
  }

  /// Returns the time at which a sample is shown, in the output's unit since the start of the
  /// recording.
  ///
  /// A sample without a time is shown at the end if others have times, else at a point on the axis
  /// such that all samples are spread evenly.
  ///
  /// - Parameters:
  ///   - known: The sample's own time in nanoseconds since the start; nil if it is not known.
  ///   - index: The index of the sample among `count` samples, from 0.
  package func time(_ known: UInt64?, index: Int, of count: Int) -> Double {
    if let known { return Double(known) / unit }
    return isTimed ? end : end * (Double(index) / Double(max(1, count)))
  }
}
