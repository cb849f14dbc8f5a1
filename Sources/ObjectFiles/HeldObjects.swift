// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Open files of objects, each opened once when it was mapped: programs that have exited and files that
/// were deleted are named from them.
///
/// For one thread at a time.
public final class HeldObjects {
  /// An object that was opened, or could not be.
  public enum State {
    case held(OpenFile)
    case absent(AbsenceReason)
  }

  /// The most files that are open at once.
  public let limit: Int
  private var states: [ObjectIndex: State] = [:]
  /// The number of files that are open.
  public private(set) var heldCount = 0

  /// Holds nothing yet. `limit` is the most files to hold.
  public init(limit: Int) {
    self.limit = limit
  }

  /// The state of an object; nil if it has not been tried to open it.
  public func state(of object: ObjectIndex) -> State? {
    states[object]
  }

  /// Whether it is worth opening: not held yet, and the limit is not reached. A miss may be tried again in
  /// another process that maps the same object.
  public func wants(_ object: ObjectIndex) -> Bool {
    if case .held = states[object] { return false }
    return heldCount < limit
  }

  /// Keeps a file. What is held stays: a second descriptor of the same object is closed.
  public func hold(_ file: OpenFile, for object: ObjectIndex) {
    if case .held = states[object] { return }
    guard heldCount < limit else {
      states[object] = .absent(.tooMany)
      return
    }
    states[object] = .held(file)
    heldCount += 1
  }

  /// Closes a file.
  public func release(_ object: ObjectIndex) {
    guard case .held = states[object] else { return }
    states[object] = nil
    heldCount -= 1
  }

  /// Notes why an object could not be opened, unless it is held already.
  public func miss(_ reason: AbsenceReason, for object: ObjectIndex) {
    if case .held = states[object] { return }
    states[object] = .absent(reason)
  }
}
