// SPDX-License-Identifier: Apache-2.0

/// The most that is read of an untrusted profile. Inputs beyond a limit are refused with
/// ``ProfileReadingError``.
public struct ReadingLimits: Hashable, Sendable {
  /// Bytes of the input as it is, and of each layer of gzip inside it. 2 GiB unless set.
  public var bytes = 2 << 30
  /// Layers of gzip: pprof files have one, and may be compressed once more. 2 unless set.
  public var compressionLayers = 2

  /// The limits that the command uses.
  public init() {}

  /// Limits for inputs of at most so many bytes, inflated or not.
  public init(bytes: Int) { self.bytes = bytes }
}
