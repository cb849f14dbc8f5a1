// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The open files of mapped objects. Each is opened once, when it is mapped, so that names can be
/// read from it after the program has exited or the file was deleted.
///
/// For one thread at a time.
public final class HeldObjects {
  /// The result of opening an object.
  public enum State {
    /// The file is open.
    case held(OpenFile)
    /// The file could not be opened, for this reason.
    case absent(AbsenceReason)
  }

  /// The limit of files that are open at once.
  public let limit: Int
  private var states: [ObjectIndex: State] = [:]
  /// The number of files that are open.
  public private(set) var heldCount = 0

  /// Creates an empty collection.
  ///
  /// - Parameter limit: The limit of files that are open at once.
  public init(limit: Int) {
    self.limit = limit
  }

  /// Returns the state of an object; nil if no attempt to open it was noted.
  public func state(of object: ObjectIndex) -> State? {
    states[object]
  }

  /// Whether the caller should open the file of an object: it is not open yet, and the limit is not
  /// reached.
  ///
  /// This is also true after a failure, since another process may give access to the same file.
  public func wants(_ object: ObjectIndex) -> Bool {
    if case .held = states[object] { return false }
    return heldCount < limit
  }

  /// Keeps an open file for an object. If the object has a file already, that one stays, and this
  /// one is dropped. At the limit, the state becomes `absent(.tooMany)`.
  public func hold(_ file: OpenFile, for object: ObjectIndex) {
    if case .held = states[object] { return }
    guard heldCount < limit else {
      states[object] = .absent(.tooMany)
      return
    }
    states[object] = .held(file)
    heldCount += 1
  }

  /// Closes the file of an object, which then has no state; does nothing if no file is open.
  public func release(_ object: ObjectIndex) {
    guard case .held = states[object] else { return }
    states[object] = nil
    heldCount -= 1
  }

  /// Notes why the file of an object could not be opened; does nothing if a file is open already.
  public func miss(_ reason: AbsenceReason, for object: ObjectIndex) {
    if case .held = states[object] { return }
    states[object] = .absent(reason)
  }
}
