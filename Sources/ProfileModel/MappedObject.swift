// SPDX-License-Identifier: Apache-2.0

/// What proves that a file on disk is the one that was mapped.
///
/// The build id decides where both sides have one; a file without is known by device and inode, as
/// they were when it was mapped.
public struct FileIdentity: Hashable, Sendable {
  public var buildID: BuildID?
  /// `st_dev` as the kernel's `MAJOR:MINOR`, and the inode.
  public var deviceMajor: UInt32
  public var deviceMinor: UInt32
  public var inode: UInt64

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
  public var kind: Kind

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
  public var end: UInt64
  /// Offset in the file of the byte at `start`.
  public var fileOffset: UInt64
  public var object: ObjectIndex
  /// Monotonic nanoseconds: there from `from` (included) to `until` (not included).
  public var from: UInt64
  public var until: UInt64

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
