// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import Glibc
import System

/// A map of a loaded object, which owns the descriptor.
///
/// `Key` and `Value` are the structs of `bpf/layout.h`; the kernel does not check their sizes.
struct BPFMap {
  let descriptor: CInt

  /// Entries that one call reads: with fewer, a full hash bucket may not fit (ENOSPC).
  private static let batch = 4096

  /// Adds an entry or replaces its value.
  func update<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    _ key: Key, _ value: Value
  ) throws(SamplingError) {
    try update(key, value, BPF_ANY)
  }

  /// Adds an entry, unless there is one.
  func updateIfNew<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    _ key: Key, _ value: Value
  ) throws(SamplingError) {
    try update(key, value, BPF_NOEXIST, ignoring: EEXIST)
  }

  /// Replaces the value of an entry, if there is one.
  func updateIfThere<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    _ key: Key, _ value: Value
  ) throws(SamplingError) {
    try update(key, value, BPF_EXIST, ignoring: ENOENT)
  }

  /// - Parameter ignored: The error by which the kernel says that `flag` forbids the update; 0 for
  ///   none.
  private func update<Key: BitwiseCopyable, Value: BitwiseCopyable, Flag: BinaryInteger>(
    _ key: Key, _ value: Value, _ flag: Flag, ignoring ignored: CInt = 0
  ) throws(SamplingError) {
    var key = key
    var value = value
    guard bpf_map_update_elem(descriptor, &key, &value, UInt64(flag)) == 0 || errno == ignored
    else { throw .system(.last("bpf_map_update_elem")) }
  }

  /// Deletes an entry, if there is one.
  func delete<Key: BitwiseCopyable>(_ key: Key) {
    var key = key
    bpf_map_delete_elem(descriptor, &key)
  }

  /// Deletes entries, which must all be there.
  func delete<Key: BitwiseCopyable>(_ keys: [Key]) throws(SamplingError) {
    guard !keys.isEmpty else { return }
    var count = UInt32(keys.count)
    guard bpf_map_delete_batch(descriptor, keys, &count, nil) == 0 else {
      throw .system(.last("bpf_map_delete_batch"))
    }
  }

  /// - Parameter zero: any value, to be overwritten.
  /// - Returns: nil where there is no such entry.
  func value<Key: BitwiseCopyable, Value: BitwiseCopyable>(of key: Key, zero: Value) -> Value? {
    var key = key
    var value = zero
    return bpf_map_lookup_elem(descriptor, &key, &value) == 0 ? value : nil
  }

  /// An entry of a per-CPU array: a value for each possible CPU.
  ///
  /// - Parameter zero: any value, to be overwritten. Its size is a multiple of 8.
  func perCPU<Value: BitwiseCopyable>(
    _ index: UInt32, of zero: Value
  ) throws(SamplingError) -> [Value] {
    var values = [Value](repeating: zero, count: try Self.possibleCPUs())
    var index = index
    guard bpf_map_lookup_elem(descriptor, &index, &values) == 0 else {
      throw .system(.last("bpf_map_lookup_elem"))
    }
    return values
  }

  /// Sets an entry of a per-CPU array on all CPUs.
  func setPerCPU<Value: BitwiseCopyable>(
    _ index: UInt32, to value: Value
  ) throws(SamplingError) {
    let values = [Value](repeating: value, count: try Self.possibleCPUs())
    var index = index
    guard bpf_map_update_elem(descriptor, &index, values, UInt64(BPF_ANY)) == 0 else {
      throw .system(.last("bpf_map_update_elem"))
    }
  }

  private static func possibleCPUs() throws(SamplingError) -> Int {
    let cpus = libbpf_num_possible_cpus()
    guard cpus > 0 else { throw .system(SystemError(operation: "count CPUs", code: -cpus)) }
    return Int(cpus)
  }

  /// All entries. Those that are added or deleted at the same time may be missing.
  func entries<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    key zeroKey: Key, value zeroValue: Value
  ) throws(SamplingError) -> [(key: Key, value: Value)] {
    var entries: [(key: Key, value: Value)] = []
    try forEach(key: zeroKey, value: zeroValue) { entries.append(($0, $1)) }
    return entries
  }

  /// Calls `body` with each entry, as `entries` returns them.
  func forEach<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    key zeroKey: Key, value zeroValue: Value, _ body: (Key, Value) -> Void
  ) throws(SamplingError) {
    var keys = [Key](repeating: zeroKey, count: Self.batch)
    var values = [Value](repeating: zeroValue, count: Self.batch)
    // The cursor is opaque and as wide as the key, at least 4 bytes.
    var cursor = [UInt8](repeating: 0, count: max(4, MemoryLayout<Key>.size))
    var isFirst = true
    while true {
      var count = UInt32(Self.batch)
      // Safe: each buffer holds `count` entries, which is what the kernel writes at most; it may read and
      // write the cursor in place.
      let result = cursor.withUnsafeMutableBytes { cursor in
        bpf_map_lookup_batch(
          descriptor, isFirst ? nil : cursor.baseAddress, cursor.baseAddress, &keys, &values,
          &count, nil)
      }
      let isLast = result != 0 && errno == ENOENT
      guard result == 0 || isLast else { throw .system(.last("bpf_map_lookup_batch")) }
      for index in 0..<Int(count) { body(keys[index], values[index]) }
      if isLast { return }
      isFirst = false
    }
  }

  /// Kernel memory in bytes, from `/proc/self/fdinfo`; 0 where it is not given.
  func kernelBytes() -> UInt64 {
    ProcFile.field("memlock", of: "/proc/self/fdinfo/\(descriptor)").flatMap { UInt64($0) } ?? 0
  }
}
