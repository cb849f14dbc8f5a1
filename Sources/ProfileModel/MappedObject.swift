// SPDX-License-Identifier: Apache-2.0

/// The data by which a file on disk is proved to be the one that was mapped.
///
/// Of a mapping, device, inode and generation are known. The build id is read from the opened file. It
/// proves nothing by itself, as everybody can write any: two files with one build id are two objects,
/// unless their bytes were compared.
package struct FileIdentity: Hashable, Sendable {
  /// The build id in the file's notes; nil if the file has none.
  package var buildID: BuildID?
  /// The major number of the file's device, as `/proc/PID/maps` has it.
  package var deviceMajor: UInt32
  /// The minor number of the file's device, as `/proc/PID/maps` has it.
  package var deviceMinor: UInt32
  /// The inode of the file on its device. File systems give the numbers of deleted files again.
  package var inode: UInt64
  /// The generation of the inode (`ino_generation` of perf_event_open(2)), which differs for two files
  /// that had the same inode number one after the other; 0 where it is not known, as in
  /// `/proc/PID/maps`. Of a file that was opened, the time of its inode's last change at that moment, in
  /// nanoseconds since 1970, by which they differ as well.
  package var generation: UInt64

  /// Creates an identity.
  ///
  /// - Parameters:
  ///   - buildID: The build id in the file's notes; nil if it has none, or is not opened yet.
  ///   - deviceMajor: The major number of the file's device, as `/proc/PID/maps` has it.
  ///   - deviceMinor: The minor number of the file's device, as `/proc/PID/maps` has it.
  ///   - inode: The inode of the file on its device.
  ///   - generation: The generation of the inode; 0 if it is not known.
  package init(
    buildID: BuildID?, deviceMajor: UInt32, deviceMinor: UInt32, inode: UInt64,
    generation: UInt64 = 0
  ) {
    self.buildID = buildID
    self.deviceMajor = deviceMajor
    self.deviceMinor = deviceMinor
    self.inode = inode
    self.generation = generation
  }
}

/// An executable object that at least one process has mapped: a file, the vDSO, or memory without a
/// file.
package struct MappedObject: Hashable, Sendable {
  /// The kind of thing that is mapped.
  package enum Kind: Hashable, Sendable {
    /// A file with an identity.
    case file(FileIdentity)
    /// The vDSO, the kernel's own shared object, which is the same in every process.
    case vdso
    /// Executable memory without a file, such as a JIT compiler's.
    case anonymous
    /// Memory that the kernel names in brackets: `[vsyscall]`, `[heap]`, `[stack]`.
    case special
  }

  /// The path as the kernel reported it, without the ` (deleted)` mark; `//anon` for memory without
  /// a name. Untrusted text.
  package var path: String
  /// The kind of the object, and for a file which one it is.
  package var kind: Kind

  /// Creates an object.
  ///
  /// - Parameters:
  ///   - path: The path as the kernel reported it, without ` (deleted)`; `//anon` for memory
  ///     without a name.
  ///   - kind: The kind of the object, and for a file which one it is.
  package init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// The last component of the path, such as `libc.so.6`.
  package var name: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// The index of a `MappedObject` in `Recording.objects`.
package typealias ObjectIndex = Int

/// An executable range of a process's addresses, and the span of time in which it was mapped.
package struct Mapping: Hashable, Sendable {
  /// The first address of the range.
  package var start: UInt64
  /// The first address after the range.
  package var end: UInt64
  /// The offset in the mapped file, in bytes, of the byte at the address `start`.
  package var fileOffset: UInt64
  /// The index in `Recording.objects` of the object that is mapped.
  package var object: ObjectIndex
  /// The time from which the range was mapped, in nanoseconds of CLOCK_MONOTONIC; 0 if it was
  /// mapped from the beginning.
  package var from: UInt64
  /// The time at which the range was unmapped, in nanoseconds of CLOCK_MONOTONIC; `.max` if it was
  /// still mapped at the end of the recording.
  package var until: UInt64
  /// Whether the process may write to the range.
  package var isWritable: Bool

  /// Creates a mapping; by default one that was there during the whole recording.
  ///
  /// - Parameters:
  ///   - start: The first address of the range.
  ///   - end: The first address after the range.
  ///   - fileOffset: The offset in the mapped file, in bytes, of the byte at the address `start`.
  ///   - object: The index in `Recording.objects` of the object that is mapped.
  ///   - from: The time from which the range was mapped, in nanoseconds of CLOCK_MONOTONIC.
  ///   - until: The time at which the range was unmapped, in nanoseconds of CLOCK_MONOTONIC.
  ///   - isWritable: Whether the process may write to the range.
  package init(
    start: UInt64, end: UInt64, fileOffset: UInt64, object: ObjectIndex, from: UInt64 = 0,
    until: UInt64 = .max, isWritable: Bool = false
  ) {
    self.start = start
    self.end = end
    self.fileOffset = fileOffset
    self.object = object
    self.from = from
    self.until = until
    self.isWritable = isWritable
  }
}
