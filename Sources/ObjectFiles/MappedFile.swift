// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ProfileModel
import System

/// Files above this size are not looked into, in bytes.
let largestObjectFile: Int64 = 64 << 30

/// Opens the very file that a process has mapped, and no other.
///
/// The mapping itself comes first: `/proc/PID/map_files` leads to the right inode even if the path
/// was deleted, replaced, or means something else in the process's mount namespace. Then the path inside the
/// process's root is tried; if the process has ended, or its root may not be entered, inside our own. A path
/// counts only if its file has the identity that was recorded when it was mapped.
///
/// No untrusted file is opened by name for reading: the path is resolved to an `O_PATH`
/// descriptor inside the root, and only a regular file is opened again through that descriptor. So
/// a FIFO cannot block us, a device is not touched, and a symbolic link cannot leave the root.
///
/// - Parameters:
///   - pid: as our own `/proc` has it.
///   - start: with `end`, the bounds of the mapping, as `/proc/PID/maps` prints them.
///   - path: absolute in the process's root.
public func openMappedFile(
  pid: Int32, start: UInt64, end: UInt64, path: String, identity: FileIdentity
) throws(AbsenceReason) -> FileDescriptor {
  let process = "/proc/\(pid)"
  let mapping =
    "\(process)/map_files/\(String(start, radix: 16))-\(String(end, radix: 16))"
  // Needs a capability that we may lack; or the range is mapped no more.
  if let file = openMapping(mapping, identity: identity) { return file }
  var reason: AbsenceReason
  do throws(AbsenceReason) {
    return try openIdentified(path, in: "\(process)/root", identity: identity)
  } catch {
    reason = error
  }
  // Where its root is out of reach, what everybody can read in ours may still be the same file.
  guard reason == .exited || reason == .denied else { throw reason }
  do throws(AbsenceReason) {
    return try openIdentified(path, in: "/", identity: identity)
  } catch {
    if reason == .exited { reason = error == .deleted ? .exited : error }
  }
  throw reason
}

/// Opens a regular file for reading, by a path that symbolic links cannot lead out of `root`.
///
/// - Throws: `exited` where `root` itself is not there, `deleted` where the path is not.
public func openRegularFile(
  _ path: String, in root: String
) throws(AbsenceReason) -> FileDescriptor {
  try reopened(try place(of: path, in: root))
}

/// An `O_PATH` descriptor of what is at a path.
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

/// Opens a file in a place where everybody can write: no part of its path is a symbolic link, it is
/// regular, has one name only, belongs to one of `owners`, and has been written since a moment.
///
/// - Parameters:
///   - changedAfter: seconds since 1970.
///   - limit: the most bytes that it may have.
/// - Throws: `identityDiffers` if another user may have written it.
public func openUnlinkedFile(
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
  guard status.st_nlink == 1, owners.contains(status.st_uid), status.st_mtim.tv_sec >= changedAfter
  else { throw .identityDiffers }
  guard status.st_size <= limit else { throw .tooBig }
  return try OpenFile(try reopened(place))
}

/// A folder to resolve paths in; `exited` where it is not there.
private func openRoot(_ path: String) throws(AbsenceReason) -> FileDescriptor {
  do throws(SystemError) {
    return try FileDescriptor(opening: path, CInt(FB_O_PATH) | O_DIRECTORY)
  } catch {
    throw error.code == ENOENT || error.code == ESRCH ? .exited : .denied
  }
}

/// The path's file, if it is the one that was mapped.
private func openIdentified(
  _ path: String, in root: String, identity: FileIdentity
) throws(AbsenceReason) -> FileDescriptor {
  try reopened(try place(of: path, in: root), as: identity)
}

/// The inode behind a range of `/proc/PID/map_files`, if that range still maps what was recorded.
private func openMapping(_ path: String, identity: FileIdentity) -> FileDescriptor? {
  do {
    // overlayfs and btrfs spell one device differently in maps and in stat. The range of addresses
    // and the inode are proof enough here.
    return try reopened(
      FileDescriptor(opening: path, CInt(FB_O_PATH)), as: identity, devicesAgree: false)
  } catch {
    return nil
  }
}

/// Opens what an `O_PATH` descriptor stands for, once it is known to be a regular file, and to be the one
/// that was mapped, if there was one: by its build id where the mapping has one, else by device and inode.
///
/// Of a FUSE file system, whose server may stop to answer, it is a copy that some child of ours has made.
private func reopened(
  _ place: consuming FileDescriptor, as identity: FileIdentity? = nil, devicesAgree: Bool = true
) throws(AbsenceReason) -> FileDescriptor {
  let status = try knownStatus(of: place)
  try refuseUnlessReadable(status)
  if let identity, identity.buildID == nil {
    guard UInt64(status.st_ino) == identity.inode,
      !devicesAgree
        || fb_device_major(UInt64(status.st_dev)) == identity.deviceMajor
          && fb_device_minor(UInt64(status.st_dev)) == identity.deviceMinor
    else { throw .identityDiffers }
  }
  let raw = retryingWhenInterrupted { fb_reopen(place.rawValue) }
  guard raw >= 0 else { throw [ETIMEDOUT, EFBIG].contains(errno) ? .remote : .denied }
  let file = FileDescriptor(adopting: raw)
  if let recorded = identity?.buildID {
    let ranges = FileRanges(rawDescriptor: raw, size: UInt64(status.st_size))
    guard ElfImage(ranges)?.buildID == recorded else { throw .identityDiffers }
  }
  return file
}

/// What the kernel knows of a file without asking anybody who might not answer.
private func knownStatus(of place: borrowing FileDescriptor) throws(AbsenceReason) -> stat {
  var status = stat()
  guard fb_known_status(place.rawValue, &status) == 0 else { throw .denied }
  return status
}

/// Only regular files with something in them are read.
func refuseUnlessReadable(_ status: stat) throws(AbsenceReason) {
  guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { throw .refusedType }
  guard status.st_size <= largestObjectFile else { throw .tooBig }
}
