// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel

/// A worker's request for a file that belongs to its module.
struct CompanionRequest {
  /// Absolute.
  var path: String
  /// What the module says of the file.
  var proof: FileProof

  /// Serialized.
  var wire: [UInt8] {
    var writer = WireWriter()
    writer.append(text: path)
    switch proof {
    case .buildID(let id):
      writer.append(UInt8(0))
      writer.append(count: id.bytes.count)
      writer.append(id.bytes)
    case .checksum(let checksum):
      writer.append(UInt8(1))
      writer.append(checksum)
    case .splitUnit(let id):
      writer.append(UInt8(2))
      writer.append(id)
    }
    return writer.bytes
  }

  init(path: String, proof: FileProof) {
    self.path = path
    self.proof = proof
  }

  /// Reads what `wire` gave, from a worker that may have been taken over.
  init(wire: [UInt8]) throws(WireReader.Malformed) {
    var reader = WireReader(wire)
    path = try reader.text()
    guard path.hasPrefix("/"), path.utf8.count <= 4096, !path.utf8.contains(0) else {
      throw .init()
    }
    switch try reader.number(UInt8.self) {
    case 0:
      guard let id = BuildID(try reader.bytes()) else { throw .init() }
      proof = .buildID(id)
    case 1: proof = .checksum(try reader.number(UInt32.self))
    case 2: proof = .splitUnit(try reader.number(UInt64.self))
    default: throw .init()
    }
    guard reader.isAtEnd else { throw .init() }
  }
}

/// The files with debug information that the worker of one module may read: ELF files that every user
/// may read; those of the module's own owner that prove to belong to it; and what debuginfod servers
/// have sent for the requested build id.
///
/// A hostile module can name any path, and a worker that it has taken over can request any. Neither must
/// bring names out of a file that the module's owner cannot read into a profile.
struct CompanionFiles {
  private let owner: UInt32?
  private let caches: [String]
  private let isNamedByUser: Bool

  /// - Parameters:
  ///   - caches: Folders in which libdebuginfod keeps what it has fetched.
  ///   - isNamedByUser: Whether the user has named the module himself: then he may see all that this
  ///     process can read.
  init(of module: OpenFile, caches: [String], isNamedByUser: Bool = false) {
    owner = module.owner
    self.caches = caches
    self.isNamedByUser = isNamedByUser
  }

  /// Opens a file for the worker; nil where it is missing or must not be read.
  func open(_ request: CompanionRequest) -> OpenFile? {
    guard let file = opened(request), file.bytes(at: 0, count: 4) == [0x7f, 0x45, 0x4c, 0x46]
    else { return nil }
    return file
  }

  private func opened(_ request: CompanionRequest) -> OpenFile? {
    if isNamedByUser { return DebugFiles.openDirectly(request.path) }
    if case .buildID(let id) = request.proof,
      caches.contains(where: { DebugFiles.cached(id, in: $0) == request.path })
    {
      // Root's own cache is readable by root only, but every user can fetch the same. Another user may
      // have named any folder.
      let file =
        geteuid() == 0
        ? DebugFiles.openDirectly(request.path) : try? OpenFile.readableByAll(request.path)
      return file.flatMap { proven($0, request) }
    }
    do throws(AbsenceReason) {
      return try OpenFile.readableByAll(request.path)
    } catch {
      guard error == .denied, let owner,
        let file = DebugFiles.openDirectly(request.path), file.owner == owner
      else { return nil }
      return proven(file, request)
    }
  }

  private func proven(_ file: OpenFile, _ request: CompanionRequest) -> OpenFile? {
    request.proof.holds(for: file) ? file : nil
  }
}
