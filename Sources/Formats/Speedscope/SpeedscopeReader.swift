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
    facts = try Self.read(JSONPart(bytes), of: bytes.count, into: &sink)
    account.good += 1
  }

  private static func read(
    _ json: JSONPart, of bytes: Int, into sink: inout some SampleSink
  ) throws(ReadingError) -> InputFacts {
    let members = json.members(["shared", "profiles", "exporter", "name"])
    guard let frames = members["shared"]?["frames"]?.array,
      let profiles = members["profiles"]?.array
    else {
      throw .otherJSON
    }
    let exporter = members["exporter"]?.text
    let isTime = profiles.allSatisfy { nanoseconds(inUnit: $0["unit"]?.text) != nil }
    let period = isTime ? SpeedscopeExporter.period(exporter) ?? 1 : 1
    let metric: Metric =
      if !isTime {
        .samples
      } else if period > 1 {
        .clock(event: "", nanosecondsPerSample: UInt64(min(0x1p60, period)))
      } else {
        Metric(countName: "nanoseconds")
      }
    sink.begin([metric], usual: 0)
    var table = SpeedscopeFrames()
    for frame in frames { table.add(frame, &sink) }
    var stacks = SpeedscopeStacks(
      frames: table, period: period, isTimed: isTime && SpeedscopeExporter.isTimed(exporter),
      budget: ReferenceBudget(bytes: bytes, factor: 16))
    for profile in profiles {
      let name = profile["name"]?.text ?? ""
      let thread =
        name == ThreadSamples.allThreads ? -1 : sink.number(of: thread(named: name))
      let factor = nanoseconds(inUnit: profile["unit"]?.text) ?? 1
      try stacks.send(profile, factor: factor, thread: thread, to: &sink)
    }
    return InputFacts(session: Session(target: members["name"]?.text ?? "", metrics: [metric]))
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
