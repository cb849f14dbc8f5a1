// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import ProfileModel

/// The BPF map `files`: the open files, by device and inode. By it the BPF program knows the file
/// behind a mapping that it has asked the kernel for.
///
/// A file is there only while it is held open: until then no other file can have its inode number.
struct KnownFiles {
  private let map: BPFMap
  private var keys: [ObjectIndex: Set<FileKey>] = [:]
  /// The object of each key: a file that was written over is another one.
  private var objects: [FileKey: ObjectIndex] = [:]
  private var owners: [FileKey: Shares.Owner] = [:]
  private var shares = Shares(capacity: Int(FB_FILE_CAPACITY))

  init(_ bpf: borrowing BPFObject) throws(SamplingError) {
    map = try bpf.map(.files)
  }

  /// Enters an object. One with more executable segments than an entry holds is left out, as is one
  /// for which there is no space, or whose owner has more than a share: stacks there are whole once its
  /// mappings are published.
  ///
  /// - Parameter owner: the process for which the file was opened.
  mutating func add(
    _ object: ObjectIndex, _ key: FileKey, segments: [ElfImage.Segment], owner: Shares.Owner
  ) {
    let code = segments.filter { $0.isExecutable && $0.fileSize > 0 }
    guard object < FB_FRAME_OBJECTS, code.count <= Int(FB_FILE_SEGMENTS) else { return }
    var entry = fb_file()
    entry.object = UInt32(truncatingIfNeeded: object)
    entry.segment_count = UInt32(code.count)
    withUnsafeMutableBytes(of: &entry.segments) { bytes in
      // Safe: the tuple is FB_FILE_SEGMENTS segments long, and there are no more.
      let entries = bytes.bindMemory(to: fb_file_segment.self)
      for (index, segment) in code.enumerated() { entries[index] = fb_file_segment(segment) }
    }
    if owners[key] == nil {
      guard shares.take(for: owner) else { return }
      owners[key] = owner
    }
    do throws(SamplingError) {
      try map.update(fb_file_key(key), entry)
      keys[object, default: []].insert(key)
      objects[key] = object
    } catch {
      // There is no memory.
      return
    }
  }

  /// Removes an object whose files are about to be closed.
  mutating func remove(_ object: ObjectIndex) {
    for key in keys.removeValue(forKey: object) ?? [] { forget(key, of: object) }
  }

  /// Removes one of the files of an object, which is about to be closed.
  mutating func remove(_ key: FileKey, of object: ObjectIndex) {
    keys[object]?.remove(key)
    forget(key, of: object)
  }

  /// A file that was written over is another object by now.
  private mutating func forget(_ key: FileKey, of object: ObjectIndex) {
    guard objects[key] == object else { return }
    objects[key] = nil
    if let owner = owners.removeValue(forKey: key) { shares.giveBack(of: owner) }
    map.delete(fb_file_key(key))
  }
}

extension fb_file_key {
  fileprivate init(_ key: FileKey) {
    self.init(inode: key.inode, device: key.device, unused: 0)
  }
}

extension fb_file_segment {
  fileprivate init(_ segment: ElfImage.Segment) {
    self.init(
      begin: segment.firstMappedOffset, end: segment.fileOffset &+ segment.fileSize,
      bias: segment.address &- segment.fileOffset)
  }
}
