// SPDX-License-Identifier: Apache-2.0

/// What proves that a file on disk is the one that was mapped.
///
/// The build id decides where both sides have one; a file without is known by device and inode, as
/// they were when it was mapped.
public struct FileIdentity: Hashable, Sendable {
  /// The build id in the file's notes; nil if it has none.
  public var buildID: BuildID?
  /// `st_dev` as the kernel's `MAJOR:MINOR`, and the inode.
  public var deviceMajor: UInt32
  /// The minor number of the file's device.
  public var deviceMinor: UInt32
  /// The inode.
  public var inode: UInt64

  /// An identity; device and inode are those in `/proc/PID/maps`.
  public init(buildID: BuildID?, deviceMajor: UInt32, deviceMinor: UInt32, inode: UInt64) {
    self.buildID = buildID
    self.deviceMajor = deviceMajor
    self.deviceMinor = deviceMinor
    self.inode = inode
  }
}

/// Something executable that was mapped by at least one process: a file, the vdso, or memory
/// without a file.
public struct MappedObject: Hashable, Sendable {
  /// What is mapped.
  public enum Kind: Hashable, Sendable {
    /// A file with an identity.
    case file(FileIdentity)
    /// The kernel's own shared object, the same in every process.
    case vdso
    /// Executable memory without a file, such as a JIT compiler's.
    case anonymous
    /// `[vsyscall]`, `[heap]`, `[stack]`: memory that the kernel names in brackets.
    case special
  }

  /// As the kernel reported it, without the ` (deleted)` mark.
  public var path: String
  /// Whether it is a file, and which.
  public var kind: Kind

  /// An object at a path.
  public init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// The last component of the path.
  public var name: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// The index of a `MappedObject` in `Recording.objects`.
public typealias ObjectIndex = Int

/// An executable range of a process's addresses, and the time in which it was there.
public struct Mapping: Hashable, Sendable {
  /// Addresses from `start` up to, not including, `end`.
  public var start: UInt64
  /// The first address after the range.
  public var end: UInt64
  /// Offset in the file of the byte at `start`.
  public var fileOffset: UInt64
  /// What is mapped.
  public var object: ObjectIndex
  /// Monotonic nanoseconds: there from `from` (included) to `until` (not included).
  public var from: UInt64
  /// The time at which it was unmapped; `.max` if it was not.
  public var until: UInt64

  /// A mapping; without times, one that was there all the time.
  public init(
    start: UInt64, end: UInt64, fileOffset: UInt64, object: ObjectIndex, from: UInt64 = 0,
    until: UInt64 = .max
  ) {
    self.start = start
    self.end = end
    self.fileOffset = fileOffset
    self.object = object
    self.from = from
    self.until = until
  }
}
