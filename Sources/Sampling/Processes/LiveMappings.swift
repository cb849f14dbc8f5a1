// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What a process has mapped at the moment: in the order of addresses, none over another.
struct LiveMappings {
  private(set) var all: [Mapping]

  init(_ mappings: [Mapping]) {
    all = mappings.sorted { $0.start < $1.start }
  }

  /// What one new mapping changes.
  struct Change {
    /// Ended: until when is set.
    var gone: [Mapping]
    /// The new one, and what it has left of those that it covers in part.
    var added: [Mapping]
    /// The very same was there already: nothing is gone. That is said when protections change, of
    /// what the first look has seen, and of a file that was unmapped and has come back.
    var isKnown = false
  }

  /// Maps something, over what was there.
  mutating func map(_ new: Mapping) -> Change {
    let first = firstIndex(endingAbove: new.start)
    var last = first
    while last < all.count, all[last].start < new.end { last += 1 }
    var change = Change(gone: [], added: [new])
    if last - first == 1, Self.areSame(all[first], new) {
      change.isKnown = true
      return change
    }
    for old in all[first..<last] {
      var ended = old
      ended.until = new.from
      change.gone.append(ended)
      change.added += remains(of: old, around: new)
    }
    all.replaceSubrange(first..<last, with: change.added.sorted { $0.start < $1.start })
    return change
  }

  private func firstIndex(endingAbove address: UInt64) -> Int {
    var low = 0
    var high = all.count
    while low < high {
      let middle = (low + high) / 2
      if all[middle].end <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  static func areSame(_ a: Mapping, _ b: Mapping) -> Bool {
    a.start == b.start && a.end == b.end && a.fileOffset == b.fileOffset && a.object == b.object
  }

  /// What a mapping leaves of one that it covers in part.
  private func remains(of old: Mapping, around new: Mapping) -> [Mapping] {
    var parts: [Mapping] = []
    if old.start < new.start {
      var front = old
      front.end = new.start
      front.from = new.from
      parts.append(front)
    }
    if new.end < old.end {
      var back = old
      back.start = new.end
      back.fileOffset = old.fileOffset &+ (new.end - old.start)
      back.from = new.from
      parts.append(back)
    }
    return parts
  }
}
