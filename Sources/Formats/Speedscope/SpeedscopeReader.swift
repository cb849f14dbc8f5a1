// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of speedscope's JSON file format, with its profiles of types "sampled" and "evented".
/// Format: <https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources>.
///
/// Values in a unit of time become nanoseconds. Values that `SpeedscopeWriter` wrote become counts
/// of samples again.
package struct SpeedscopeReader: WholeProfileReader {
  package static let name = "speedscope"

  /// Returns whether an input begins like a JSON object. That need not be speedscope's: other JSON
  /// is refused by an error when all of it has been read.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    TextBeginning.afterBlanks(beginning).first == UInt8(ascii: "{")
  }

  package var held: [UInt8] = []
  package private(set) var facts = InputFacts()
  package private(set) var account = ReadingAccount()

  package init() {}

  package mutating func read(
    whole bytes: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    let json = try JSONValue(bytes)
    guard Self.isOne(json) else { throw .otherJSON }
    facts = try Self.read(json, into: &sink)
    account.good += 1
  }

  private static func isOne(_ json: JSONValue) -> Bool {
    json["shared"]?["frames"]?.array != nil && json["profiles"]?.array != nil
  }

  private static func read(
    _ json: JSONValue, into sink: inout some SampleSink
  ) throws(ReadingError) -> InputFacts {
    guard let frames = json["shared"]?["frames"]?.array, let profiles = json["profiles"]?.array
    else {
      throw .otherJSON
    }
    let descriptions = frames.map { frame in
      let name = frame["name"]?.text ?? ""
      return FrameDescription(
        name: name, kind: name == RenderedPaths.unknownName ? .unknown : .user,
        file: frame["file"]?.text ?? "", startLine: UInt32(clamping: frame["line"]?.count ?? 0))
    }
    var stacks: [WeightedStack] = []
    for (number, profile) in profiles.enumerated() {
      stacks += try self.stacks(of: profile, thread: number, frames: frames.count)
    }

    let isTime = profiles.allSatisfy { nanoseconds(inUnit: $0["unit"]?.text) != nil }
    let period = isTime ? SpeedscopeExporter.period(json["exporter"]?.text) ?? 1 : 1
    let metric: Metric =
      if !isTime {
        .samples
      } else if period > 1 {
        .clock(event: "", nanosecondsPerSample: UInt64(min(0x1p60, period)))
      } else {
        Metric(countName: "nanoseconds")
      }
    sink.begin([metric], usual: 0)
    let numbers = descriptions.map { sink.number(of: $0) }
    let threads = profiles.map { profile in
      let name = profile["name"]?.text ?? ""
      return name == ThreadSamples.allThreads ? -1 : sink.number(of: thread(named: name))
    }
    let isTimed = isTime && SpeedscopeExporter.isTimed(json["exporter"]?.text)
    for stack in stacks where stack.weight > 0 && !(isTimed && stack.frames.isEmpty) {
      var path = stack.frames
      var truncation: Truncation?
      if let first = path.first, let cut = Truncation(frameName: descriptions[first].function.name)
      {
        truncation = cut
        path.removeFirst()
      }
      sink.add(
        thread: threads[stack.thread], truncation: truncation, path: path.map { numbers[$0] },
        values: SampleValues(UInt64(min(0x1p60, (stack.weight / period).rounded()))),
        times: isTimed && stack.weight == period && stack.start < 0x1p60
          ? [UInt64(stack.start)] : [])
    }
    return InputFacts(session: Session(target: json["name"]?.text ?? "", metrics: [metric]))
  }

  private struct WeightedStack {
    /// From the root.
    var frames: [Int]
    /// In nanoseconds, if the unit is one of time.
    var weight: Double
    var thread: Int
    /// The sum of the values before it.
    var start: Double
  }

  /// `comm PID/TID`, as `ThreadSamples` has it, or any name.
  private static func thread(named name: String) -> ThreadDescription {
    if let blank = name.lastIndex(of: " ") {
      let ids = name[name.index(after: blank)...].split(separator: "/").map { Int32($0) ?? -1 }
      if ids.count == 2, ids.allSatisfy({ $0 >= 0 }) {
        return ThreadDescription(
          processID: ids[0], threadID: ids[1], name: String(name[..<blank]))
      }
    }
    return ThreadDescription(name: name)
  }

  private static func stacks(
    of profile: JSONValue, thread: Int, frames: Int
  ) throws(ReadingError) -> [WeightedStack] {
    let factor = nanoseconds(inUnit: profile["unit"]?.text) ?? 1
    var stacks: [WeightedStack] = []
    if let samples = profile["samples"]?.array {
      let weights = profile["weights"]?.array ?? []
      guard weights.isEmpty || weights.count == samples.count else { throw .danglingReference }
      var start = 0.0
      for (place, sample) in samples.enumerated() {
        var path: [Int] = []
        for frame in sample.array ?? [] { path.append(try frame.index(below: frames)) }
        let weight = weights.isEmpty ? 1 : weights[place].double ?? 0
        stacks.append(
          WeightedStack(
            frames: path, weight: max(0, weight * factor), thread: thread, start: start))
        start += max(0, weight * factor)
      }
      return stacks
    }
    // Opened and closed frames: each stretch between two events is a sample.
    var open: [Int] = []
    var last: Double?
    for event in profile["events"]?.array ?? [] {
      let at = event["at"]?.double ?? 0
      if let before = last, at > before, !open.isEmpty {
        stacks.append(
          WeightedStack(
            frames: open, weight: (at - before) * factor, thread: thread, start: max(0, before)))
      }
      last = at
      guard let frame = event["frame"] else { throw .danglingReference }
      let index = try frame.index(below: frames)
      if event["type"]?.text == "O" {
        open.append(index)
      } else if let place = open.lastIndex(of: index) {
        open.remove(at: place)
      }
    }
    return stacks
  }

  private static func nanoseconds(inUnit unit: String?) -> Double? {
    switch unit {
    case "nanoseconds": 1
    case "microseconds": 1e3
    case "milliseconds": 1e6
    case "seconds": 1e9
    default: nil
    }
  }
}
