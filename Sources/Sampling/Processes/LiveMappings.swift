// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// The executable mappings that a process has now, sorted by address; no two overlap.
struct LiveMappings {
  private(set) var all: [Mapping]

  init(_ mappings: [Mapping]) {
    all = mappings.sorted { $0.start < $1.start }
  }

  /// Adds a mapping, which replaces what was mapped in its range.
  mutating func map(_ new: Mapping) -> MappingChange {
    let first = firstIndex(endingAbove: new.start)
    var last = first
    while last < all.count, all[last].start < new.end { last += 1 }
    var change = MappingChange(removed: [], added: [new])
    if last - first == 1, Self.areSame(all[first], new) {
      change.isKnown = true
      return change
    }
    for old in all[first..<last] {
      var ended = old
      ended.until = new.from
      change.removed.append(ended)
      change.added += remainders(of: old, around: new)
    }
    all.replaceSubrange(first..<last, with: change.added.sorted { $0.start < $1.start })
    return change
  }

  /// Replaces all mappings by those that are there at `time`. Those that were there already stay as they
  /// were.
  mutating func replaceAll(with mappings: [Mapping], at time: UInt64) -> MappingChange {
    let known = Dictionary(all.map { ($0.start, $0) }, uniquingKeysWith: { first, _ in first })
    var change = MappingChange(removed: [], added: [])
    var kept: Set<UInt64> = []
    all = mappings.map { mapping in
      if let old = known[mapping.start], Self.areSame(old, mapping) {
        kept.insert(old.start)
        return old
      }
      change.added.append(mapping)
      return mapping
    }.sorted { $0.start < $1.start }
    for var old in known.values where !kept.contains(old.start) {
      old.until = time
      change.removed.append(old)
    }
    return change
  }

  /// The mappings that lie in the range of another one or directly beside it, by address.
  func touching(_ other: Mapping) -> [Mapping] {
    let first = all.partitioningIndex { $0.end >= other.start }
    return Array(all[first...].prefix { $0.start <= other.end })
  }

  /// Index of the first mapping that ends above an address.
  private func firstIndex(endingAbove address: UInt64) -> Int {
    all.partitioningIndex { $0.end > address }
  }

  /// Whether two mappings have the same range of the same file at the same address, with the same
  /// right to write.
  static func areSame(_ a: Mapping, _ b: Mapping) -> Bool {
    a.start == b.start && a.end == b.end && a.fileOffset == b.fileOffset && a.object == b.object
      && a.isWritable == b.isWritable
  }

  /// The parts of a mapping in front of and behind a new one that covers it in part.
  private func remainders(of old: Mapping, around new: Mapping) -> [Mapping] {
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
