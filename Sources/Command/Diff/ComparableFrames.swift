// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A filter in front of a sink that removes from frames what differs between two builds of a
/// program, or between two formats of a profile: source positions, inlining, and the kind of memory
/// that user code was in. Frames of both sides of a comparison then are equal if their names are.
struct ComparableFrames<Next: SampleSink>: ForwardingSink {
  var next: Next

  init(_ next: Next) { self.next = next }

  mutating func number(of frame: FrameDescription) -> Int32 {
    var frame = frame
    frame.function = Function(name: frame.function.name)
    frame.isInlined = false
    if frame.kind != .kernel {
      let path = frame.module.kind == .unknown ? "" : frame.module.path
      frame.module = Module(kind: .file, path: path)
    }
    (frame.address, frame.line) = (0, 0)
    return next.number(of: frame)
  }
}
