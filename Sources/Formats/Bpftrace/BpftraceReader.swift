// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Reads the maps that bpftrace prints when they have stacks in their keys, such as
/// `@[kstack, ustack, comm] = count()`. An entry has its frames from the leaf on, one a line:
///
///     @[
///         vfs_write+17
///         do_syscall_64+96
///     ,
///         __write+20
///         main+31
///     , cat]: 42
///
/// * The value is the entry's count. The text does not say what it counts, so counts are of samples.
/// * The frames of several stacks follow each other, from the leaf on. If there are several, the
///   first is the kernel's.
/// * All other parts of a key, such as `comm` and `pid`, are the thread's name as they are printed.
/// * A map with a name, `@reads[…]`, has it as the root frame: maps of one text can count different
///   things.
/// * Maps without stacks, histograms and all other lines are bad, except bpftrace's own
///   `Attaching 1 probe...`.
package struct BpftraceReader: TextReader {
  package static let name = "bpftrace stacks"

  /// Returns whether an input begins like the stacks that bpftrace prints: an entry of a map with a
  /// stack in its key comes before any line of perf script text or folded stacks.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    TextBeginning.decides(beginning) { bytes, range in
      switch BpftraceOuterLine(bytes, range) {
      case .beginning, .entryWithoutFrames: true
      case .otherMap, .message: nil
      case .other:
        PerfScriptHeader(bytes, range) != nil || FoldedLine.count(bytes, range) != nil
          ? false : nil
      }
    }
  }

  package private(set) var account = ReadingAccount()
  package var lines = LineReader()
  /// The facts of the input besides samples: none, since the text of bpftrace has no metadata.
  package var facts: InputFacts { InputFacts() }

  private var lineNumber: UInt64 = 0
  /// Frames by their text, with their ids in the sink: of kernel stacks and of all others.
  private var names = ByteInterner()
  private var frames: [BpftraceFrame] = []
  private var threads: [String: Int32] = [:]
  private var maps: [String: Int32] = [:]
  /// The entry that is being read; nil between entries.
  private var entry: Entry?

  private struct Entry: Sendable {
    /// The line that it begins in.
    var line: UInt64
    /// The map's name; empty for `@`.
    var map: String
    /// Indices in `frames`, from the leaf on.
    var stack: [Int32] = []
    /// The length of `stack` at the end of the first stack; nil while only one has begun.
    var endOfFirst: Int?
    var stacks = 0
    /// The parts of the key that are no stacks.
    var parts: [String] = []

    mutating func beginStack() {
      if stacks == 1 { endOfFirst = stack.count }
      stacks += 1
    }

    mutating func add(_ key: BpftraceKey) {
      if key.hasEmptyStack { beginStack() }
      if let part = key.part { parts.append(part) }
    }
  }

  package init() {}

  package mutating func take(
    line bytes: [UInt8], _ range: Range<Int>, into sink: inout some SampleSink
  ) {
    lineNumber += 1
    guard !range.isEmpty else { return }
    let wasInside = entry != nil
    if wasInside {
      switch BpftraceInnerLine(bytes, range) {
      case .frame(let text): return add(frame: text, of: bytes)
      case .nextStack(let key):
        entry?.add(key)
        entry?.beginStack()
        return
      case .end(let key, let count):
        entry?.add(key)
        return endEntry(count, &sink)
      case .blank: return
      case .other: dropEntry()
      }
    }
    switch BpftraceOuterLine(bytes, range) {
    case .beginning(let map, let key):
      entry = Entry(line: lineNumber, map: map)
      entry?.add(key)
      entry?.beginStack()
    case .entryWithoutFrames(let map, let key, let count):
      entry = Entry(line: lineNumber, map: map)
      entry?.add(key)
      endEntry(count, &sink)
    case .message: break
    // One that ends an entry too early is bad with it.
    case .otherMap, .other: if !wasInside { account.addBad(at: lineNumber) }
    }
  }

  /// Ends the input. If its last entry has no line with a count, since the text was cut, the entry
  /// is counted as bad. Called once, after the last line.
  package mutating func end(into sink: inout some SampleSink) {
    if entry != nil { dropEntry() }
  }

  private mutating func add(frame text: Range<Int>, of bytes: [UInt8]) {
    let index = names.number(of: bytes, text) {
      frames.append(BpftraceFrame(bytes[text]))
      return Int32(frames.count - 1)
    }
    entry?.stack.append(index)
  }

  private mutating func dropEntry() {
    account.addBad(at: entry?.line ?? lineNumber)
    entry = nil
  }

  private mutating func endEntry(_ count: UInt64, _ sink: inout some SampleSink) {
    guard let entry else { return }
    self.entry = nil
    account.good += 1
    if count == 0 { return }
    var path: [Int32] = []
    path.reserveCapacity(entry.stack.count + 1)
    if !entry.map.isEmpty {
      let map = maps[entry.map] ?? sink.number(of: BpftraceFrame.map(entry.map))
      maps[entry.map] = map
      path.append(map)
    }
    let endOfKernel = entry.endOfFirst ?? 0
    for (place, index) in entry.stack.enumerated().reversed() {
      path.append(frames[Int(index)].id(ofKernel: place < endOfKernel, &sink))
    }
    sink.add(
      thread: thread(entry.parts, &sink), truncation: nil, path: path, values: SampleValues(count))
  }

  /// -1 for a key of stacks only.
  private mutating func thread(_ parts: [String], _ sink: inout some SampleSink) -> Int32 {
    if parts.isEmpty { return -1 }
    let name = parts.joined(separator: ", ")
    if let known = threads[name] { return known }
    let id = sink.number(of: ThreadDescription(name: name))
    threads[name] = id
    return id
  }
}
