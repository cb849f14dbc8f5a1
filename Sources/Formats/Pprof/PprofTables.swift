// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// `string_table`: each string once, the empty one first.
struct PprofStrings {
  private(set) var texts: [String] = [""]
  private var indices: [String: Int64] = ["": 0]

  /// The index of untrusted text, made visible, since pprof prints it on terminals.
  mutating func index(of text: String) -> Int64 {
    if let index = indices[text] { return index }
    let visible = VisibleText.of(text)
    let index = indices[visible] ?? Int64(texts.count)
    if index == texts.count { texts.append(visible) }
    indices[visible] = index
    indices[text] = index
    return index
  }
}

/// Ids by first use: 1, 2, 3 …, as Parca demands them (id = index + 1).
struct PprofIDs<Key: Hashable> {
  private(set) var keys: [Key] = []
  private var indices: [Key: Int] = [:]

  mutating func id(of key: Key) -> UInt64 { UInt64(keys.index(holdingOnce: key, &indices) + 1) }
}

/// A module of the profile, or the one that holds frames without any.
enum PprofMapping: Hashable {
  case real(Int)
  case unknown
}

/// A location: the physical frame, and in front of it the frames inlined there, innermost first. Or
/// a frame that only says why there is none.
struct PprofLocation: Hashable {
  /// Frames of `RenderedPaths`, at least one.
  var frames: [Int]
}
