// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import ProfileModel

/// A file as the kernel has it mapped: by its device and its inode there. On btrfs and overlayfs these
/// can be others than stat(2) shows.
struct FileKey: Hashable {
  /// Major number << 20 | minor number.
  let device: UInt32
  let inode: UInt64

  /// The vdso, which is no file.
  static let vdso = FileKey(device: 0, inode: 0)

  private init(device: UInt32, inode: UInt64) {
    (self.device, self.inode) = (device, inode)
  }

  /// - Parameter identity: from a side-band record or `/proc/PID/maps`.
  init(_ identity: FileIdentity) {
    self.init(
      device: identity.deviceMajor << UInt32(FB_MINOR_BITS) | identity.deviceMinor,
      inode: identity.inode)
  }

  /// A file that no process has mapped yet, as stat(2) shows it. Where the kernel has it by other
  /// numbers, no file has these.
  init(_ file: OpenFile) {
    self.init(
      device: fb_device_major(file.device) << UInt32(FB_MINOR_BITS)
        | fb_device_minor(file.device), inode: file.inode)
  }
}
