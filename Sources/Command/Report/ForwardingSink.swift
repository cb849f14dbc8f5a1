// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink in front of another one, which gets everything as it is that the conforming type does not take
/// itself.
///
/// Here and not beside `SampleSink`: the compiler specializes these calls, which come once for each
/// frame, only within their own module.
protocol ForwardingSink: SampleSink {
  associatedtype Next: SampleSink
  var next: Next { get set }
}

extension ForwardingSink {
  mutating func begin(_ metrics: [Metric], usual: Int) { next.begin(metrics, usual: usual) }

  mutating func expect(textOf bytes: Int) { next.expect(textOf: bytes) }

  mutating func number(of frame: FrameDescription) -> Int32 { next.number(of: frame) }

  mutating func number(of thread: ThreadDescription) -> Int32 { next.number(of: thread) }

  mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    next.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
  }
}
