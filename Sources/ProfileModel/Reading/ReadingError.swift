// SPDX-License-Identifier: Apache-2.0

/// The reason why an input could not be read as a whole.
package enum ReadingError: Error, Hashable {
  /// The input has no bytes.
  case empty
  /// The input is of no format that a reader recognizes.
  case unrecognized
  /// The input is the binary file of `perf record`, which is recognized but not read.
  case perfData
  /// The compressed data of the input are cut or broken.
  case brokenCompression
  /// The input decompresses to more bytes than the limit for reading.
  case tooLarge
  /// The input is compressed, and so is what it decompresses to, more times over than the reader
  /// accepts. A limit is needed, since a file can be made to decompress to itself.
  case compressedTooOften
  /// Parts of the input refer to more frames or bytes of text than a profile of its size has
  /// (``ReferenceBudget``).
  case excessive
  /// The input has more metrics than this number, which is the limit.
  case tooManyMetrics(limit: Int)
  /// A part of the input (a message, table or bracket) is cut or wrong at this offset in bytes.
  case broken(at: Int)
  /// An index in the input refers to an element that does not exist.
  case danglingReference
  /// A sample of the input has fewer values than the input has metrics.
  case missingValues
  /// The compressed data inside a flameback picture are cut or wrong.
  case brokenPayload
  /// The input has this version of its format, which cannot be read; `readable` is the latest
  /// version that can.
  case version(Int, readable: Int)
  /// The input is JSON of a form that no reader knows.
  case otherJSON
  /// The input is HTML, SVG or other markup, without the data of a flameback picture.
  case otherMarkup
}
