// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A limited number of entries that all processes share, and how many of them each process and user has.
///
/// A sixteenth is the share of a process, and a fourth that of a user. They bind only while more than
/// three quarters are taken, so that a machine on which one program has most of the work loses nothing.
/// Beyond that who has more than his share gets no more, and others still do. Root, who is trusted, has
/// no share as a user: most of a machine's services are his.
struct Shares {
  /// Whose an entry is.
  struct Owner: Hashable {
    /// The process, or what stands for it.
    var process: Int
    /// The real user; nil if it is not known. All such processes count as those of one user.
    var user: uid_t?
  }

  let capacity: Int
  private var used = 0
  private var ofProcesses: [Int: Int] = [:]
  private var ofUsers: [uid_t?: Int] = [:]

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// Takes entries for an owner. Returns false, and takes none, if they exceed what is there, or his share.
  mutating func take(_ count: Int = 1, for owner: Owner) -> Bool {
    let total = used + count
    let ofProcess = ofProcesses[owner.process, default: 0] + count
    let ofUser = ofUsers[owner.user, default: 0] + count
    guard total <= capacity else { return false }
    if total > capacity - capacity / 4 {
      guard ofProcess <= max(1, capacity / 16) else { return false }
      guard owner.user == 0 || ofUser <= max(1, capacity / 4) else { return false }
    }
    used = total
    ofProcesses[owner.process] = ofProcess
    ofUsers[owner.user] = ofUser
    return true
  }

  /// Gives back entries that were taken for the owner.
  mutating func giveBack(_ count: Int = 1, of owner: Owner) {
    used -= count
    Self.subtract(count, from: owner.process, &ofProcesses)
    Self.subtract(count, from: owner.user, &ofUsers)
  }

  private static func subtract<Key>(_ count: Int, from key: Key, _ counts: inout [Key: Int]) {
    let left = counts[key, default: 0] - count
    counts[key] = left > 0 ? left : nil
  }
}
