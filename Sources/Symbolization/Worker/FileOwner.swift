// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// Who decides what a file contains: its user, on its device. The root user of a container is that of
/// the machine by number, but has file systems of its own.
struct FileOwner: Hashable, Sendable {
  private let user: UInt32
  private let device: UInt64

  /// Nil if the owner cannot be read.
  init?(of file: OpenFile) {
    guard let user = file.owner else { return nil }
    self.user = user
    device = file.device
  }
}
