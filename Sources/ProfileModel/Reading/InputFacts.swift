// SPDX-License-Identifier: Apache-2.0

/// Facts about an input besides its samples.
public struct InputFacts: Sendable {
  /// What was measured; empty but for the metrics if the format does not have it.
  public var session: Session
  /// The losses and the cost of the recording; nil if the format does not keep them.
  public var account: Account?
  /// The text around the boxes of a picture that was read; nil for every other format.
  public var heading: PictureHeading?

  /// Facts about an input; by default nothing is known.
  public init(
    session: Session = Session(), account: Account? = nil, heading: PictureHeading? = nil
  ) {
    self.session = session
    self.account = account
    self.heading = heading
  }
}

/// The text around the boxes of a picture that was read. Untrusted text.
public struct PictureHeading: Hashable, Sendable {
  /// The line above the boxes.
  public var title: String
  /// The parts of the line below the title.
  public var subtitle: [String]
  /// The warning of the picture, such as how many samples were lost; empty for none.
  public var warning: String

  /// The texts of a picture.
  public init(title: String, subtitle: [String] = [], warning: String = "") {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
  }
}
