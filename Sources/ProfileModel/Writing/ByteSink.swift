// SPDX-License-Identifier: Apache-2.0

/// A destination for a writer's output bytes, a piece at a time: an array, a file, a compressor.
///
/// Writing does not throw: a sink that fails keeps its error for its owner and drops what follows.
package protocol ByteSink {
  /// Appends the next bytes of the output. If that fails, the sink keeps the error for its owner
  /// and drops these and all further bytes.
  mutating func write(_ bytes: [UInt8])
}

/// A sink that holds the whole output in memory.
package struct ByteCollector: ByteSink {
  /// The bytes that were written so far.
  package private(set) var bytes: [UInt8] = []

  /// Creates a collector that holds no bytes.
  package init() {}

  package mutating func write(_ bytes: [UInt8]) {
    if self.bytes.isEmpty { self.bytes = bytes } else { self.bytes += bytes }
  }
}

extension ByteWriter {
  /// Moves the buffer's bytes to a sink, if there are enough of them to be worth a call. Writers
  /// call this after each record, and with a `least` of 0 at the end of the output.
  ///
  /// - Parameter least: The number of bytes that the buffer must have; fewer bytes stay in it.
  package mutating func drain(into sink: inout some ByteSink, least: Int = 1 << 16) {
    if count > 0, count >= least { sink.write(takeBytes()) }
  }
}
