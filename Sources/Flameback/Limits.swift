// SPDX-License-Identifier: Apache-2.0

/// Upper limits on the size of an untrusted profile. An input that exceeds one is refused with
/// ``ProfileReadingError``.
public struct ReadingLimits: Hashable, Sendable {
  /// The largest size in bytes of the input, and of the output of each layer of gzip in it. The
  /// default is 2 GiB.
  public var bytes = 2 << 30
  /// The largest number of layers of gzip around the profile. The default is 2: pprof files have
  /// one, and may be compressed once more.
  public var compressionLayers = 2

  /// Creates the default limits, which the command `flameback` uses: 2 GiB for the input and for
  /// each layer of gzip, and at most two layers of gzip.
  public init() {}

  /// Creates limits with another size and at most two layers of gzip.
  ///
  /// - Parameter bytes: The largest size in bytes of the input, and of the output of each layer of
  ///   gzip.
  public init(bytes: Int) { self.bytes = bytes }
}
