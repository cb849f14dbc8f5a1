// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A collection of open files: those of the objects that sampled processes have mapped. Each file
/// is opened once, when it is mapped, so that names can be read from it after the program has
/// exited or the file was deleted.
///
/// Use it from one thread at a time.
package final class HeldObjects {
  /// The result of trying to open the file of an object.
  package enum State {
    /// The file is open.
    case held(OpenFile)
    /// The file could not be opened, for this reason.
    case absent(AbsenceReason)
  }

  /// The greatest number of files that this collection keeps open at the same time.
  package let limit: Int
  private var states: [ObjectIndex: State] = [:]
  /// The number of files that this collection has open now.
  package private(set) var heldCount = 0

  /// Creates an empty collection.
  ///
  /// - Parameter limit: The greatest number of files that it keeps open at the same time.
  package init(limit: Int) {
    self.limit = limit
  }

  /// Returns whether the file of an object is open, or why not.
  ///
  /// - Parameter object: The index of the object in the recording's list of objects.
  /// - Returns: Nil if nothing was noted for the object by `hold` or `miss`, or its file was
  ///   released.
  package func state(of object: ObjectIndex) -> State? {
    states[object]
  }

  /// Returns whether the caller should open the file of an object: the file is not open here yet,
  /// and fewer files than `limit` are open. That includes objects whose file could not be opened
  /// before, since another process may give access to the same file.
  ///
  /// - Parameter object: The index of the object in the recording's list of objects.
  package func wants(_ object: ObjectIndex) -> Bool {
    if case .held = states[object] { return false }
    return heldCount < limit
  }

  /// Takes over an open file for an object. If a file of the object is open already, that one
  /// stays, and the new one is not kept. If `limit` files are open already, the new one is not kept
  /// either, and the object's state becomes `absent(.tooMany)`.
  ///
  /// - Parameters:
  ///   - file: The open file.
  ///   - object: The index of the object in the recording's list of objects.
  package func hold(_ file: OpenFile, for object: ObjectIndex) {
    if case .held = states[object] { return }
    guard heldCount < limit else {
      states[object] = .absent(.tooMany)
      return
    }
    states[object] = .held(file)
    heldCount += 1
  }

  /// Closes the file of an object and forgets the object: `state(of:)` then returns nil, as if its
  /// file had never been opened. Does nothing if no file of the object is open.
  ///
  /// - Parameter object: The index of the object in the recording's list of objects.
  package func release(_ object: ObjectIndex) {
    guard case .held = states[object] else { return }
    states[object] = nil
    heldCount -= 1
  }

  /// Notes that the file of an object could not be opened; its state becomes `absent`. Does nothing
  /// if a file of the object is open already.
  ///
  /// - Parameters:
  ///   - reason: The reason why the file could not be opened.
  ///   - object: The index of the object in the recording's list of objects.
  package func miss(_ reason: AbsenceReason, for object: ObjectIndex) {
    if case .held = states[object] { return }
    states[object] = .absent(reason)
  }
}
