// SPDX-License-Identifier: Apache-2.0

/// What an input file states besides its samples.
public struct InputFacts: Sendable {
  /// The circumstances of the recording and its metrics. If the format does not have the
  /// circumstances, these have their empty defaults.
  public var session: Session
  /// The losses and the cost of the recording; nil if the format does not keep them.
  public var account: Account?
  /// The text around the boxes of a picture that was read; nil for every other format.
  public var heading: PictureHeading?
  /// The name that the user of a picture that was read gave to what it counts; nil for that of the
  /// metric. Untrusted text.
  public var countName: String?

  /// Creates facts about an input; by default nothing is known.
  public init(
    session: Session = Session(), account: Account? = nil, heading: PictureHeading? = nil
  ) {
    self.session = session
    self.account = account
    self.heading = heading
  }
}

/// The text around the boxes of a flame graph that was read as an input. Untrusted text.
public struct PictureHeading: Hashable, Sendable {
  /// The title: the line above the boxes.
  public var title: String
  /// The parts of the line below the title.
  public var subtitle: [String]
  /// The warning of the picture, such as how many samples were lost; empty for none.
  public var warning: String

  /// Creates a heading from the texts of a picture.
  public init(title: String, subtitle: [String] = [], warning: String = "") {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
  }
}
