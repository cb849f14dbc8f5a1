// SPDX-License-Identifier: Apache-2.0

/// What an input says besides samples.
public struct InputFacts: Sendable {
  /// What was measured; empty but for the metrics where the format has no place for it.
  public var session: Session
  /// Losses and the rest, of formats that keep them.
  public var account: Account?
  /// The text around the boxes of a picture that was read; nil for every other format.
  public var heading: PictureHeading?

  public init(
    session: Session = Session(), account: Account? = nil, heading: PictureHeading? = nil
  ) {
    self.session = session
    self.account = account
    self.heading = heading
  }
}

/// The text around the boxes of a picture that was read. Foreign text.
public struct PictureHeading: Hashable, Sendable {
  public var title: String
  /// The parts of the line below the title.
  public var subtitle: [String]
  /// Such as how many samples were lost; empty for none.
  public var warning: String

  public init(title: String, subtitle: [String] = [], warning: String = "") {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
  }
}
