// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Whether a user stack goes down to the first frame of its thread.
enum StackReach {
  /// Functions that nothing has called: the entry of a program, of the dynamic linker, of a thread.
  private static let firstFrames: Set = [
    "_start", "_dl_start_user", "clone", "__clone", "clone3", "__clone3",
  ]

  /// Why a stack falls short, nil where it does not.
  ///
  /// - Parameter outermost: linkage name of the last user frame, nil where it has none.
  static func truncation(of stack: RawStack, outermost: String?) -> Truncation? {
    if let outermost, firstFrames.contains(outermost) { return nil }
    return stack.isCutAtLimit ? .depth : .noCFI
  }
}
