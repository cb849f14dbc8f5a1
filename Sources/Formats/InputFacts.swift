// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What an input says besides samples.
public struct InputFacts: Sendable {
  /// What was measured; empty but for the metrics where the format has no place for it.
  public var session: Session
  /// Losses and the rest, of formats that keep them.
  public var account: Account?

  public init(session: Session = Session(), account: Account? = nil) {
    self.session = session
    self.account = account
  }
}

/// An input that is not what it looks like, as a whole.
public enum ReadingError: Error, Hashable {
  /// A message, table or bracket is cut or wrong, at this byte.
  case broken(at: Int)
  /// A number points to what is not there.
  case danglingReference
  /// Of a later version.
  case version(Int)
  /// Text, but of no format that is read.
  case otherJSON
}
