// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import Sampling
import Symbolization

/// One line on the terminal that is written over again and again; silent where standard error is
/// no terminal.
struct StatusLine {
  private let isShown: Bool

  init(quiet: Bool) {
    isShown = !quiet && StandardStreams.errorIsTerminal
  }

  /// What sampling calls as it goes; nil where nobody would see it.
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

  /// What naming calls as it goes: shows itself only after a second.
  func namingProgress() -> ((Int, Int) -> Void)? {
    guard isShown else { return nil }
    let start = monotonicNanoseconds()
    return { done, total in
      if monotonicNanoseconds() - start > 1_000_000_000 {
        show("naming: \(done) of \(total) modules")
      }
    }
  }

  /// What fetching debug files calls as it goes.
  func fetchingProgress() -> ((DebugFileServer.Progress) -> Void)? {
    guard isShown else { return nil }
    return { progress in
      show(
        "fetching debug files: \(progress.asked + 1) of \(progress.count), "
          + "\(Words.size(progress.bytes))  (\(DebugFileServer.patience) s at most)")
    }
  }

  /// Takes the line away.
  func clear() {
    if isShown { StandardStreams.show("\r\u{1b}[K") }
  }

  private func show(_ text: String) {
    StandardStreams.show("\r\(text)\u{1b}[K")
  }
}
