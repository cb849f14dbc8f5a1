// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of folded stacks: lines `frame;frame;… count`, root first, as `FoldedWriter`,
/// stackcollapse-perf.pl and many others write them.
///
/// * The count is the last number of the line; a fraction is rounded.
/// * `_[k]`, `_[j]`, `_[i]` at the end of a name say kernel, JIT, inlined, and are taken off.
/// * Empty frames and lines, and lines that begin with `#`, are passed over; any other line without
///   a count is bad.
///
/// The first frame of many writers is a thread's name. The text does not say whether it is, so it
/// stays a frame.
package struct FoldedReader: TextReader {
  package static let name = "folded stacks"

  /// Returns whether an input begins like folded stacks: the bytes are text, and at least one line
  /// that is no comment (`#`) ends in a count.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    TextBeginning.decides(beginning) { bytes, range in
      FoldedLine.count(bytes, range) == nil ? nil : true
    }
  }

  package private(set) var account = ReadingAccount()
  package var lines = LineReader()
  /// The facts of the input besides samples: none, since folded stacks have no metadata.
  package var facts: InputFacts { InputFacts() }
  private var parser = FoldedLineParser()
  private var lineNumber: UInt64 = 0

  package init() {}

  package mutating func take(
    line bytes: [UInt8], _ range: Range<Int>, into sink: inout some SampleSink
  ) {
    lineNumber += 1
    switch parser.parse(bytes, range, &sink) {
    case .stack(let count):
      account.good += 1
      if count > 0 {
        sink.add(thread: -1, truncation: nil, path: parser.path, values: SampleValues(count))
      }
    case .nothing: break
    case .bad: account.addBad(at: lineNumber)
    }
  }

  package mutating func end(into sink: inout some SampleSink) {}
}

/// A line's frames in numbers. The frames that it shares with the line before it, which in sorted
/// text are nearly all, are not parsed again.
private struct FoldedLineParser: Sendable {
  enum Result {
    case stack(UInt64)
    case nothing
    case bad
  }

  private(set) var path: [Int32] = []
  private var names = ByteInterner()
  /// The last line's frames, and for each frame of `path` where it ends.
  private var last: [UInt8] = []
  private var ends: [Int] = []

  mutating func parse(
    _ bytes: [UInt8], _ range: Range<Int>, _ sink: inout some SampleSink
  ) -> Result {
    if range.isEmpty || bytes[range.lowerBound] == UInt8(ascii: "#") { return .nothing }
    guard let (count, stackEnd) = FoldedLine.count(bytes, range) else {
      return bytes[range].allSatisfy({ $0 <= 0x20 }) ? .nothing : .bad
    }
    let start = range.lowerBound
    let length = stackEnd - start

    let shared = FastBytes.commonPrefix(bytes, start..<stackEnd, last, 0..<last.count)
    // A frame is shared if its end is, too.
    while let end = ends.last, end >= shared {
      ends.removeLast()
      path.removeLast()
    }
    var position = ends.last.map { $0 + 1 } ?? 0

    while position < length {
      let rest = start + position..<stackEnd
      let end = FastBytes.firstIndex(of: UInt8(ascii: ";"), in: bytes, rest) ?? stackEnd
      let name = rest.lowerBound..<end
      if !name.isEmpty {
        path.append(
          names.number(of: bytes, name) { sink.number(of: FoldedName.description(bytes[name])) })
        ends.append(end - start)
      }
      position = end - start + 1
    }
    last.removeLast(last.count - shared)
    last.append(contentsOf: bytes[start + shared..<stackEnd])
    return .stack(count)
  }
}
