// SPDX-License-Identifier: Apache-2.0

/// Why an input could not be read as a whole.
public enum ReadingError: Error, Hashable {
  /// It has no bytes.
  case empty
  /// No reader recognizes it.
  case unrecognized
  /// The binary file of `perf record`, which is recognized but not read.
  case perfData
  /// Its compression is cut or broken.
  case brokenCompression
  /// It inflates to more bytes than are read.
  case tooLarge
  /// It is compressed again and again: such a file can be made to inflate to itself.
  case compressedTooOften
  /// A message, table or bracket is cut or wrong, at this byte.
  case broken(at: Int)
  /// An index refers to an element that does not exist.
  case danglingReference
  /// The compressed data of a picture are cut or wrong.
  case brokenPayload
  /// Written by a later version of the format.
  ///
  /// - Parameter readable: The latest version that is read.
  case version(Int, readable: Int)
  /// JSON of a form that no reader knows.
  case otherJSON
  /// Markup without the data of a flameback picture.
  case otherMarkup
}
