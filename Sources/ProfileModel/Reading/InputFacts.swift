// SPDX-License-Identifier: Apache-2.0

/// What an input file states besides its samples.
package struct InputFacts: Sendable {
  /// The circumstances of the recording and its metrics. Circumstances that the input does not
  /// state have the defaults of `Session`: empty or 0.
  package var session: Session
  /// The losses and the cost of the recording; nil if the format does not keep them.
  package var account: Account?
  /// The text around the boxes of a picture that was read; nil for every other format.
  package var heading: PictureHeading?
  /// If the input was a picture: the name that its user gave to what it counts. Nil if it has the
  /// metric's own name. Untrusted text.
  package var countName: String?

  /// Creates facts about an input; by default nothing is known.
  package init(
    session: Session = Session(), account: Account? = nil, heading: PictureHeading? = nil
  ) {
    self.session = session
    self.account = account
    self.heading = heading
  }
}

/// The text around the boxes of a flame graph that was read as an input. Untrusted text.
package struct PictureHeading: Hashable, Sendable {
  /// The title: the line above the boxes.
  package var title: String
  /// The parts of the line below the title.
  package var subtitle: [String]
  /// The warning that the picture shows, such as how many samples were lost; empty for none.
  package var warning: String

  /// Creates a heading from the texts of a picture.
  package init(title: String, subtitle: [String] = [], warning: String = "") {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
  }
}
