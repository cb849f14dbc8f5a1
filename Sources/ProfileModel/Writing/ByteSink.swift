// SPDX-License-Identifier: Apache-2.0

/// Where a writer's bytes go, a piece at a time: an array, a file, a compressor.
///
/// Writing does not throw: a sink that fails keeps its error for its owner and drops what follows.
public protocol ByteSink {
  /// Takes the next bytes.
  mutating func write(_ bytes: [UInt8])
}

/// A sink that holds all bytes.
public struct ByteCollector: ByteSink {
  /// All bytes so far.
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func write(_ bytes: [UInt8]) {
    if self.bytes.isEmpty { self.bytes = bytes } else { self.bytes += bytes }
  }
}

extension ByteWriter {
  /// Passes the bytes on and removes them from the buffer, once there are enough to be worth a call.
  ///
  /// - Parameter least: Bytes below which they stay; 0 passes all.
  public mutating func drain(into sink: inout some ByteSink, least: Int = 1 << 16) {
    if count > 0, count >= least { sink.write(takeBytes()) }
  }
}
