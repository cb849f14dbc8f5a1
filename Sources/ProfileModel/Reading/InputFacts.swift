// SPDX-License-Identifier: Apache-2.0

/// What an input file states besides its samples.
public struct InputFacts: Sendable {
  /// The circumstances of the recording and its metrics. Circumstances that the input does not
  /// state have the defaults of `Session`: empty or 0.
  public var session: Session
  /// The losses and the cost of the recording; nil if the format does not keep them.
  public var account: Account?
  /// The text around the boxes of a picture that was read; nil for every other format.
  public var heading: PictureHeading?
  /// If the input was a picture: the name that its user gave to what it counts. Nil if it has the
  /// metric's own name. Untrusted text.
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
  /// The warning that the picture shows, such as how many samples were lost; empty for none.
  public var warning: String

  /// Creates a heading from the texts of a picture.
  public init(title: String, subtitle: [String] = [], warning: String = "") {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
  }
}
