// SPDX-License-Identifier: Apache-2.0

import Sampling
import Symbolization
import System

/// The progress line on the terminal, which is overwritten in place. Silent with `-q`, and if
/// standard error is not a terminal.
struct StatusLine {
  private let isShown: Bool

  init(quiet: Bool) {
    isShown = !quiet && StandardStreams.errorIsTerminal
  }

  /// The callback for progress of sampling; nil if nothing is shown.
  func samplingProgress(of duration: UInt64?) -> ((SamplingProgress) -> Void)? {
    guard isShown else { return nil }
    return { progress in
      let elapsed = Words.fixed(Double(progress.elapsed) / 1e9, places: 1)
      let total = duration.map { " of \(Words.fixed(Double($0) / 1e9, places: 1))" } ?? ""
      show(
        "sampling: \(elapsed)\(total) s, \(Words.grouped(progress.recorded)) samples, "
          + "\(Words.grouped(progress.lost)) lost" + (duration == nil ? "  (Ctrl-C ends it)" : ""))
    }
  }

  /// The callback for progress of symbolization, which shows the line after one second; nil if
  /// nothing is shown.
  func namingProgress() -> ((Int, Int) -> Void)? {
    guard isShown else { return nil }
    let start = monotonicNanoseconds()
    return { done, total in
      if monotonicNanoseconds() - start > 1_000_000_000 {
        show("symbolizing: \(done) of \(total) modules")
      }
    }
  }

  /// The callback for progress of fetching debug files; nil if nothing is shown.
  func fetchingProgress() -> ((DebugFileServer.Progress) -> Void)? {
    guard isShown else { return nil }
    return { progress in
      show(
        "fetching debug files: \(progress.asked + 1) of \(progress.count), "
          + "\(Words.size(progress.bytes))  (\(DebugFileServer.timeLimit) s at most)")
    }
  }

  /// Removes the line.
  func clear() {
    if isShown { StandardStreams.show("\r\u{1b}[K") }
  }

  private func show(_ text: String) {
    StandardStreams.show("\r\(text)\u{1b}[K")
  }
}
