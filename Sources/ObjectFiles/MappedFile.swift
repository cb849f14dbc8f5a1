// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ProfileModel
import System

/// The size limit of object files, in bytes; larger ones are not opened.
let largestObjectFile: Int64 = 64 << 30

/// Opens the very file that a process has mapped, and no other.
///
/// First the mapping itself is tried: `/proc/PID/map_files` leads to the right inode even if the
/// path was deleted, replaced, or means something else in the process's mount namespace. Then the
/// path inside the process's root is tried. If its main thread has ended, both are tried through its
/// other threads. If the process has ended, or its root may not be entered, the path inside our own
/// root is tried. A path counts only if its file has the device and the inode that were recorded when
/// it was mapped, and has not changed since: the inode number of a deleted file is used again, and a
/// file may be written over in place.
///
/// No untrusted file is opened by name for reading: the path is resolved to an `O_PATH` descriptor
/// inside the root, and only a regular file is opened again through that descriptor. So a FIFO
/// cannot block us, a device is not touched, and a symbolic link cannot leave the root.
///
/// - Parameters:
///   - pid: The process id in the pid namespace of our own `/proc`.
///   - start: The first address of the mapping, as in `/proc/PID/maps`.
///   - end: The address behind the last byte of the mapping.
///   - path: The path of the file, absolute in the process's root.
///   - identity: The device and the inode that the file must have.
///   - time: The time at which it was mapped, in nanoseconds of CLOCK_MONOTONIC; 0 if that is not
///     known, and changes cannot be noticed.
/// - Returns: A descriptor that is open for reading.
/// - Throws: The reason why the file cannot be read; `identityDiffers` if the path leads to another
///   file, or to one that has changed.
package func openMappedFile(
  pid: Int32, start: UInt64, end: UInt64, path: String, identity: FileIdentity,
  mappedAt time: UInt64 = 0
) throws(AbsenceReason) -> FileDescriptor {
  let range = "\(String(start, radix: 16))-\(String(end, radix: 16))"
  let proof = PathProof(identity: identity, mappedAt: time)
  var reason = AbsenceReason.exited
  for thread in ProcessThreads(of: pid) {
    // Only the folder of the thread's own id has it. Fails if we lack the capability, or if the
    // range is no longer mapped.
    if let file = openMapping("/proc/\(thread)/map_files/\(range)", inode: identity.inode) {
      return file
    }
    do throws(AbsenceReason) {
      return try reopened(
        try place(of: path, in: "/proc/\(pid)/task/\(thread)/root"), if: proof.holds)
    } catch {
      reason = error
    }
    guard reason == .exited else { break }
  }
  // If its root cannot be entered, the path in our own root may lead to the same file.
  guard reason == .exited || reason == .denied else { throw reason }
  do throws(AbsenceReason) {
    return try reopened(try place(of: path, in: "/"), if: proof.holds)
  } catch {
    if reason == .exited { reason = error == .deleted ? .exited : error }
  }
  throw reason
}

/// Opens a regular file for reading. Symbolic links in `path` cannot lead out of the folder `root`.
///
/// - Parameters:
///   - path: The path of the file, as a process sees it whose root folder is `root`.
///   - root: The path of a folder, such as `/` or `/proc/PID/root`.
/// - Throws: `exited` if `root` does not exist, `deleted` if nothing is at the path, `refusedType`
///   if the file is empty or not regular, `tooBig` if it is above 64 GiB, `remote` if its file
///   system does not answer, and `denied` for all other failures.
package func openRegularFile(
  _ path: String, in root: String
) throws(AbsenceReason) -> FileDescriptor {
  try reopened(try place(of: path, in: root))
}

/// Opens an `O_PATH` descriptor of whatever is at a path inside `root`.
private func place(
  of path: String, in root: String
) throws(AbsenceReason) -> FileDescriptor {
  let directory = try openRoot(root)
  let raw = retryingWhenInterrupted { fb_open_in_root(directory.rawValue, path, CInt(FB_O_PATH)) }
  guard raw >= 0 else {
    switch errno {
    case ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG: throw .deleted
    case ESRCH: throw .exited
    case ETIMEDOUT: throw .remote
    default: throw .denied
    }
  }
  return FileDescriptor(adopting: raw)
}

/// Opens a file in a folder that all users can write to, unless another user may have put it there.
///
/// No part of the path may be a symbolic link. The file must be a regular one with one hard link,
/// which belongs to one of `owners`, or to root if everybody may read it, and was last written at
/// `changedAfter` or later. In a mount namespace of its own a process can show any file of root's
/// at any path: one that not everybody may read could contain what the process must not know.
///
/// - Parameters:
///   - path: The path of the file, as a process sees it whose root folder is `root`.
///   - root: The path of a folder, such as `/` or `/proc/PID/root`.
///   - owners: The user ids that the file may belong to, with any permissions.
///   - changedAfter: The earliest time at which the file may have been written last, in seconds
///     since 1970.
///   - limit: The greatest size that the file may have, in bytes.
/// - Throws: `deleted` if nothing can be opened at the path, `identityDiffers` if another user may
///   have written the file, `tooBig` if it is above the limit, and the other reasons of
///   `AbsenceReason` if it cannot be read.
package func openUnlinkedFile(
  _ path: String, in root: String, owners: [uid_t], changedAfter: Int, limit: Int
) throws(AbsenceReason) -> OpenFile {
  let directory = try openRoot(root)
  let raw = retryingWhenInterrupted {
    fb_open_in_root_without_links(directory.rawValue, path, CInt(FB_O_PATH))
  }
  guard raw >= 0 else { throw .deleted }
  let place = FileDescriptor(adopting: raw)
  let status = try knownStatus(of: place)
  try refuseUnlessReadable(status)
  let isRootsForAll = status.st_uid == 0 && status.st_mode & 0o444 == 0o444
  guard status.st_nlink == 1, owners.contains(status.st_uid) || isRootsForAll,
    status.st_mtim.tv_sec >= changedAfter
  else { throw .identityDiffers }
  guard status.st_size <= limit else { throw .tooBig }
  return try OpenFile(try reopened(place))
}

/// Opens a folder to resolve paths in.
///
/// - Throws: `exited` if it does not exist, `denied` for any other failure.
private func openRoot(_ path: String) throws(AbsenceReason) -> FileDescriptor {
  do throws(SystemError) {
    return try FileDescriptor(opening: path, CInt(FB_O_PATH) | O_DIRECTORY)
  } catch {
    throw error.code == ENOENT || error.code == ESRCH ? .exited : .denied
  }
}

/// What shows that the file at a path is the one that was mapped.
private struct PathProof {
  let identity: FileIdentity
  /// Time of the mapping in nanoseconds since 1970; `.max` if it is not known.
  private let time: UInt64

  /// - Parameter time: in nanoseconds of CLOCK_MONOTONIC; 0 if it is not known.
  init(identity: FileIdentity, mappedAt time: UInt64) {
    self.identity = identity
    let offset = nanoseconds(of: CLOCK_REALTIME) &- monotonicNanoseconds()
    self.time = time > 0 ? time &+ offset : .max
  }

  func holds(_ status: stat) -> Bool {
    UInt64(status.st_ino) == identity.inode
      && fb_device_major(UInt64(status.st_dev)) == identity.deviceMajor
      && fb_device_minor(UInt64(status.st_dev)) == identity.deviceMinor
      && FileVersion(status).changed <= time
  }
}

/// Opens the file behind an entry of `/proc/PID/map_files`; nil if it cannot be opened, or if the
/// entry no longer maps this inode.
///
/// overlayfs and btrfs have different devices in maps and in stat. The range of addresses and the
/// inode are proof enough here.
private func openMapping(_ path: String, inode: UInt64) -> FileDescriptor? {
  do {
    return try reopened(FileDescriptor(opening: path, CInt(FB_O_PATH))) {
      UInt64($0.st_ino) == inode
    }
  } catch {
    return nil
  }
}

/// Opens the file of an `O_PATH` descriptor for reading, if it is a regular file of a size within
/// the limit.
///
/// A file of a FUSE file system, whose server may stop answering, is copied by a child process; the
/// result is the copy.
///
/// - Parameter isRight: Whether it is the right file, by its status; else `identityDiffers` is
///   thrown.
private func reopened(
  _ place: consuming FileDescriptor, if isRight: (stat) -> Bool = { _ in true }
) throws(AbsenceReason) -> FileDescriptor {
  let status = try knownStatus(of: place)
  try refuseUnlessReadable(status)
  guard isRight(status) else { throw .identityDiffers }
  let raw = retryingWhenInterrupted { fb_reopen(place.rawValue) }
  guard raw >= 0 else { throw [ETIMEDOUT, EFBIG].contains(errno) ? .remote : .denied }
  return FileDescriptor(adopting: raw)
}

/// Returns the status of a file as the kernel has it cached: a network or FUSE server is not asked.
private func knownStatus(of place: borrowing FileDescriptor) throws(AbsenceReason) -> stat {
  var status = stat()
  guard fb_known_status(place.rawValue, &status) == 0 else { throw .denied }
  return status
}

/// Throws `refusedType` if a file is empty or not a regular one, and `tooBig` if it is above the
/// size limit.
func refuseUnlessReadable(_ status: stat) throws(AbsenceReason) {
  guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { throw .refusedType }
  guard status.st_size <= largestObjectFile else { throw .tooBig }
}
