// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of the text that `perf script` prints. Each sample counts as one, whatever its event
/// and period. Samples without frames, and those of threads that have ended, count too.
package struct PerfScriptReader: TextReader {
  package static let name = "perf script text"

  /// Returns whether an input begins like the text of `perf script`: a line with the thread and
  /// time of a sample comes before any line that ends in a count, as lines of folded stacks do. A
  /// line of several frames that ends in a count is one of folded stacks, whatever else a name in it
  /// looks like.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    TextBeginning.decides(beginning) { bytes, range in
      let isFolded = FoldedLine.count(bytes, range) != nil
      if isFolded, bytes[range].contains(UInt8(ascii: ";")) { return false }
      return PerfScriptHeader(bytes, range) != nil ? true : isFolded ? false : nil
    }
  }

  package private(set) var account = ReadingAccount()
  /// The facts of the input besides samples: only the duration, the time from the earliest to the
  /// latest sample read so far.
  package var facts: InputFacts {
    InputFacts(
      session: Session(duration: last > first ? last - first : 0))
  }

  package var lines = LineReader()
  private var lineNumber: UInt64 = 0
  /// By what follows the address.
  private var frames = ByteInterner()
  private var kernelFrames = ByteInterner()
  private var threads: [Thread: Int32] = [:]
  /// Where time begins: with the first sample, as it is not known whether it is the earliest.
  private var start: UInt64?
  private var hasTimes = true
  private var first = UInt64.max
  private var last: UInt64 = 0
  /// The sample that is being read: its thread, and its frames from the leaf.
  private var thread: Int32?
  private var time: [UInt64] = []
  private var stack: [Int32] = []

  private struct Thread: Hashable {
    var comm: ArraySlice<UInt8>
    var processID: Int32
    var threadID: Int32
  }

  package init() {}

  package mutating func take(
    line bytes: [UInt8], _ range: Range<Int>, into sink: inout some SampleSink
  ) {
    lineNumber += 1
    guard let first = bytes[range].first else { return endSample(&sink) }
    if first == UInt8(ascii: "#") { return take(comment: bytes[range]) }
    if !PerfScriptHeader.isBlank(first) {
      endSample(&sink)
      guard let header = PerfScriptHeader(bytes, range) else {
        return account.addBad(at: lineNumber)
      }
      begin(header, bytes, &sink)
    } else if thread != nil, let text = PerfScriptFrame.text(bytes, range) {
      let isInKernel = PerfScriptFrame.isInKernel(bytes, range)
      func number() -> Int32 {
        sink.number(of: PerfScriptFrame.description(bytes[text], isInKernel: isInKernel))
      }
      stack.append(
        isInKernel
          ? kernelFrames.number(of: bytes, text, number) : frames.number(of: bytes, text, number))
    } else if !bytes[range].allSatisfy(PerfScriptHeader.isBlank) {
      account.addBad(at: lineNumber)
    } else {
      endSample(&sink)
    }
  }

  /// In a text of ours, time begins with the recording, or was made up.
  private mutating func take(comment: ArraySlice<UInt8>) {
    if comment.elementsEqual("\(PerfScriptWriter.makerComment)".utf8) { start = 0 }
    if comment.elementsEqual("\(PerfScriptWriter.spreadComment)".utf8) { hasTimes = false }
  }

  private mutating func begin(
    _ header: PerfScriptHeader, _ bytes: [UInt8], _ sink: inout some SampleSink
  ) {
    let key = Thread(
      comm: ArraySlice(Array(bytes[header.comm])), processID: header.processID,
      threadID: header.threadID)
    let known =
      threads[key]
      ?? sink.number(
        of: ThreadDescription(
          processID: header.processID, threadID: header.threadID,
          name: String(decoding: key.comm, as: UTF8.self)))
    threads[key] = known
    thread = known
    time.removeAll(keepingCapacity: true)
    let start = self.start ?? header.time
    self.start = start
    if hasTimes { time.append(header.time - min(header.time, start)) }
    first = min(first, header.time)
    last = max(last, header.time)
  }

  package mutating func end(into sink: inout some SampleSink) { endSample(&sink) }

  private mutating func endSample(_ sink: inout some SampleSink) {
    guard let thread else { return }
    stack.reverse()
    sink.add(thread: thread, truncation: nil, path: stack, values: [1], times: time)
    account.good += 1
    self.thread = nil
    stack.removeAll(keepingCapacity: true)
  }
}
