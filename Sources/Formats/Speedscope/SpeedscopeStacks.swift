// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The frames of a speedscope file, and the ids that a sink gave to them.
struct SpeedscopeFrames {
  private(set) var ids: [Int32] = []
  /// What a frame says was cut off, by its index.
  private(set) var truncations: [Int: Truncation] = [:]

  mutating func add(_ frame: JSONPart, _ sink: inout some SampleSink) {
    let name = frame["name"]?.text ?? ""
    if let truncation = Truncation(frameName: name) { truncations[ids.count] = truncation }
    ids.append(
      sink.number(
        of: FrameDescription(
          name: name, kind: name == RenderedPaths.unknownName ? .unknown : .user,
          file: frame["file"]?.text ?? "", startLine: UInt32(clamping: frame["line"]?.count ?? 0))))
  }
}

/// Sends the stacks of a speedscope file to a sink, one profile of the file after the other.
struct SpeedscopeStacks {
  let frames: SpeedscopeFrames
  /// Nanoseconds of a sample; 1 if values are no times.
  let period: Double
  /// Whether the values before a stack are its time.
  let isTimed: Bool
  var budget: ReferenceBudget

  /// - Parameters:
  ///   - factor: What a value of the profile is multiplied by.
  ///   - thread: The sink's id of the profile's thread; -1 for none.
  mutating func send(
    _ profile: JSONPart, factor: Double, thread: Int32, to sink: inout some SampleSink
  ) throws(ReadingError) {
    let members = profile.members(["samples", "weights", "events"])
    if let samples = members["samples"]?.array {
      let weights = members["weights"]?.elements ?? .empty
      try send(samples, weights, factor, thread, to: &sink)
    } else {
      try send(events: members["events"]?.elements ?? .empty, factor, thread, to: &sink)
    }
  }

  private func send(
    _ samples: JSONElements, _ weights: JSONElements, _ factor: Double, _ thread: Int32,
    to sink: inout some SampleSink
  ) throws(ReadingError) {
    guard weights.isEmpty || weights.count == samples.count else { throw .danglingReference }
    let isWeighted = !weights.isEmpty
    var weights = weights
    var path: [Int] = []
    var start = 0.0
    for sample in samples {
      path.removeAll(keepingCapacity: true)
      for frame in sample.elements { path.append(try frame.index(below: frames.ids.count)) }
      let weight = max(0, (isWeighted ? weights.next()?.double ?? 0 : 1) * factor)
      send(path, weight, thread, start: start, to: &sink)
      start += weight
    }
  }

  /// Opened and closed frames: each stretch between two events is a sample.
  private mutating func send(
    events: JSONElements, _ factor: Double, _ thread: Int32, to sink: inout some SampleSink
  ) throws(ReadingError) {
    var open: [Int] = []
    var last: Double?
    for event in events {
      let members = event.members(["type", "frame", "at"])
      let at = members["at"]?.double ?? 0
      if let before = last, at > before, !open.isEmpty {
        // A stretch has all frames that are open.
        try budget.take(open.count)
        send(open, (at - before) * factor, thread, start: max(0, before), to: &sink)
      }
      last = at
      guard let frame = members["frame"] else { throw .danglingReference }
      let index = try frame.index(below: frames.ids.count)
      if members["type"]?.text == "O" {
        open.append(index)
      } else if let place = open.lastIndex(of: index) {
        // Frames that are closed in another order are searched for.
        try budget.take(open.count - place)
        open.remove(at: place)
      } else {
        try budget.take(open.count)
      }
    }
  }

  /// - Parameters:
  ///   - stack: Indices of frames, from the root.
  ///   - value: In nanoseconds, if the unit is one of time.
  ///   - start: The sum of the values before it.
  private func send(
    _ stack: [Int], _ value: Double, _ thread: Int32, start: Double, to sink: inout some SampleSink
  ) {
    guard value > 0, !(isTimed && stack.isEmpty) else { return }
    let truncation = stack.first.flatMap { frames.truncations[$0] }
    let path = stack[(truncation == nil ? 0 : 1)...].map { frames.ids[$0] }
    sink.add(
      thread: thread, truncation: truncation, path: path,
      values: SampleValues(UInt64(min(0x1p60, (value / period).rounded()))),
      times: isTimed && value == period && start < 0x1p60 ? [UInt64(start)] : [])
  }
}
