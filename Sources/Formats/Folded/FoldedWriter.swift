// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel

/// A writer of folded stacks, as stackcollapse-perf.pl writes and flamegraph.pl reads them: one
/// line for each distinct path, `comm;root;…;leaf count`, in the order of the path's bytes.
///
/// The text has no escapes of its own, so names are bent where they would be misread:
/// * `;` parts frames: in a name it becomes `:`.
/// * A newline or carriage return would end the line: it is left out. All else that cannot be seen
///   becomes visible (`VisibleText`).
/// * A reader takes the last number as the count, and a second one in front of it as the column of
///   a comparison. So the blank in a name that ends in ` 12` or ` 1.5` becomes `_`, wherever the
///   name stands, and one function keeps one name.
/// * A name that ends in `_[k]`, `_[j]` or `_[i]` would state a kind: it ends in `_(k)` and so on.
/// * The blank in front of what looks like a time of `perf script` (` 1.5:`) becomes `_`, and a line
///   does not begin as a comment or another format does: the text would be taken for that.
/// * Blanks in the thread's name become `_`, as in perf's own scripts.
/// * A name that is empty is written `[unknown]`, since readers drop empty frames.
///
/// Argument lists, template arguments and `->` stay whole. A stack that was cut has its
/// `[truncated: REASON]` right after the thread's name.
package struct FoldedWriter: ProfileWriter {
  package let name = "folded"
  package let suffixes = [".folded", ".collapsed"]
  /// Whether names get a suffix for the kind of frame, as stackcollapse-perf.pl writes it with
  /// `--all`: `_[k]` for the kernel, `_[j]` for executable memory without a file, `_[i]` for
  /// inlined functions.
  package var annotate: Bool
  /// Whether each thread has its own stacks, under `name-PID/TID`. Otherwise the stacks of all
  /// threads with the same name are added up under that name.
  package var separatesThreads: Bool

  /// Creates a writer of folded stacks.
  ///
  /// - Parameters:
  ///   - annotate: Whether function names get a suffix for the kind of code, such as `_[k]` for the
  ///     kernel.
  ///   - separatesThreads: Whether each thread has its own stacks; otherwise threads of the same
  ///     name are merged.
  package init(annotate: Bool = false, separatesThreads: Bool = false) {
    self.annotate = annotate
    self.separatesThreads = separatesThreads
  }

  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    lines(of: profile.grouped(byThread: separatesThreads)).writeSorted(to: &sink)
  }

  private func lines(of profile: Profile) -> FoldedLines {
    let paths = RenderedPaths(profile, naming: FoldedName.frame)
    let names = paths.names.map { Array($0.utf8) }
    var path: [Int] = []
    var lines = FoldedLines()
    for entry in profile.threadStacks() {
      // Readers drop lines without a frame.
      paths.path(of: entry.stack, fillsEmpty: entry.comm == nil, into: &path)
      lines.append(count: entry.count) { line in
        let start = line.count
        if let comm = entry.comm { line.append(bytes: FoldedName.first(FoldedName.comm(comm))) }
        for index in path {
          let name = names[paths.nameIndex(of: index)]
          if line.count > start { line.append(";") }
          line.append(bytes: line.count > start ? name : FoldedName.first(name))
          if annotate, let frame = paths.frame(index) {
            line.append(suffix(profile.kind(of: frame)))
          }
        }
      }
    }
    return lines
  }

  private func suffix(_ kind: FrameKind) -> StaticString {
    switch kind {
    case .kernel: "_[k]"
    case .anonymous: "_[j]"
    case .inlined: "_[i]"
    case .user, .unknown: ""
    }
  }
}

/// Paths in one arena of bytes, so that a hundred thousand of them are not as many arrays.
private struct FoldedLines {
  private struct Line {
    var start: Int
    var length: Int
    var count: UInt64
  }

  private var paths = ByteWriter()
  private var lines: [Line] = []

  mutating func append(count: UInt64, _ path: (inout ByteWriter) -> Void) {
    let start = paths.count
    path(&paths)
    lines.append(Line(start: start, length: paths.count - start, count: count))
  }

  /// Writes the lines in order. Frames of different addresses, and functions of different files,
  /// may share a name: the counts of equal paths are added up.
  func writeSorted(to sink: inout some ByteSink) {
    paths.bytes.withUnsafeBytes { arena in
      // Unsafe for the sake of memcmp, which compares long common prefixes some ten times faster
      // than a loop over checked bytes. Each line lies within the arena by construction.
      func order(_ a: Line, _ b: Line) -> Int32 {
        guard let base = arena.baseAddress else { return 0 }
        let order = memcmp(base + a.start, base + b.start, min(a.length, b.length))
        return order != 0 ? order : Int32(clamping: a.length - b.length)
      }
      let sorted = lines.sorted { order($0, $1) < 0 }

      var text = ByteWriter()
      var next = 0
      while next < sorted.count {
        let line = sorted[next]
        var count: UInt64 = 0
        while next < sorted.count && order(line, sorted[next]) == 0 {
          count += sorted[next].count
          next += 1
        }
        if count == 0 { continue }
        text.append(bytes: paths.bytes[line.start..<line.start + line.length])
        text.append(" ")
        text.append(decimal: count)
        text.append("\n")
        text.drain(into: &sink)
      }
      text.drain(into: &sink, least: 0)
    }
  }
}
