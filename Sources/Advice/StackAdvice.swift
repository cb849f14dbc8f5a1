// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What the user can do so that more stacks reach their first frame.
package struct StackAdvice {
  private let profile: Profile

  /// - Parameter profile: The profile whose stacks are truncated.
  package init(for profile: Profile) { self.profile = profile }

  /// Returns the advice that would complete the most of the truncated stacks, with the reason that it is
  /// for. Reasons that nothing is known to help for are passed over, and so are those of less than a tenth of
  /// the truncated stacks. Nil if none is left.
  package func mostHelpful(for account: StackAccount) -> (reason: Truncation, text: String)? {
    let helped = Truncation.allCases.compactMap {
      reason -> (count: UInt64, reason: Truncation, text: String)? in
      let count = account.truncated[reason] ?? 0
      guard count > 0, count >= account.totalTruncated / 10, let text = text(for: reason) else {
        return nil
      }
      return (count, reason, text)
    }
    return helped.max { $0.count < $1.count }.map { ($0.reason, $0.text) }
  }

  /// Returns what would complete the stacks that are truncated for a reason, such as an option; nil
  /// if nothing is known to help. The text names the module or runtime that it is about.
  package func text(for reason: Truncation) -> String? {
    switch reason {
    case .depth: "raise --max-depth"
    case .tableBudget: "raise --table-memory"
    case .share: "raise --max-stacks"
    case .jitNoFramePointer: framePointers
    case .noCFI: tables
    default: nil
    }
  }

  /// For code made at run time.
  private var framePointers: String? {
    let ways = profile.runtimes { profile.stacks[$0].truncation == .jitNoFramePointer }
      .compactMap(\.framePointers)
    return ways.isEmpty ? nil : ways.joined(separator: "; ")
  }

  /// For the file in whose code most of the stacks end that are truncated for lack of tables.
  private var tables: String? {
    var counts: [Int: UInt64] = [:]
    for sample in profile.samples {
      let stack = profile.stacks[sample.stack]
      guard stack.truncation == .noCFI, let outermost = stack.frames.last else { continue }
      counts[profile.frames[outermost].module, default: 0] += profile.count(of: sample)
    }
    guard
      let index = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key,
      case let module = profile.modules[index], module.kind == .file
    else { return nil }
    let name = VisibleText.of(module.name)
    switch SourceLanguage(ofModule: index, in: profile) {
    case .go: return nil
    case .musl:
      return "configure musl with --enable-debug: without it, \(name) has no unwind tables"
    case .rust: return "build \(name) with RUSTFLAGS=-Cforce-frame-pointers=yes"
    case .other:
      return "build \(name) with -fasynchronous-unwind-tables or -fno-omit-frame-pointer"
    }
  }
}
