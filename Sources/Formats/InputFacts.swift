// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What an input tells besides samples.
public struct InputFacts: Sendable {
  /// nil where the format has no place for it.
  public var session: Session?
  /// Losses and the rest, of formats that keep them.
  public var account: Account?
  /// What is counted.
  public var countName: String

  public init(session: Session? = nil, account: Account? = nil, countName: String = "samples") {
    self.session = session
    self.account = account
    self.countName = countName
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
