// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import Glibc
import ObjectFiles

/// A map of a loaded object, which owns its descriptor.
///
/// `Key` and `Value` are the structs of `layout.h`; sizes are checked by the kernel.
struct BPFMap {
  let descriptor: CInt

  /// Entries that one call reads: enough that a hash bucket always fits.
  private static let batch = 4096

  func update<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    _ key: Key, _ value: Value
  ) throws(SamplingError) {
    var key = key
    var value = value
    guard bpf_map_update_elem(descriptor, &key, &value, UInt64(BPF_ANY)) == 0 else {
      throw .system(.last("bpf_map_update_elem"))
    }
  }

  /// Leaves an entry alone that is there already.
  func updateIfNew<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    _ key: Key, _ value: Value
  ) throws(SamplingError) {
    var key = key
    var value = value
    guard
      bpf_map_update_elem(descriptor, &key, &value, UInt64(BPF_NOEXIST)) == 0
        || errno == EEXIST
    else { throw .system(.last("bpf_map_update_elem")) }
  }

  /// Does nothing if there is no such entry.
  func delete<Key: BitwiseCopyable>(_ key: Key) {
    var key = key
    bpf_map_delete_elem(descriptor, &key)
  }

  /// Nil where there is no such entry.
  func value<Key: BitwiseCopyable, Value: BitwiseCopyable>(of key: Key, zero: Value) -> Value? {
    var key = key
    var value = zero
    return bpf_map_lookup_elem(descriptor, &key, &value) == 0 ? value : nil
  }

  /// Entry 0 of a per-CPU array: a value for each possible CPU.
  func perCPU<Value: BitwiseCopyable>(of zero: Value) throws(SamplingError) -> [Value] {
    let cpus = libbpf_num_possible_cpus()
    guard cpus > 0 else { throw .system(SystemError(operation: "count CPUs", code: -cpus)) }
    var values = [Value](repeating: zero, count: Int(cpus))
    var key: UInt32 = 0
    guard bpf_map_lookup_elem(descriptor, &key, &values) == 0 else {
      throw .system(.last("bpf_map_lookup_elem"))
    }
    return values
  }

  /// All entries. Those that come or go meanwhile may be missed.
  func entries<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    key zeroKey: Key, value zeroValue: Value
  ) throws(SamplingError) -> [(key: Key, value: Value)] {
    var entries: [(key: Key, value: Value)] = []
    try forEach(key: zeroKey, value: zeroValue) { entries.append(($0, $1)) }
    return entries
  }

  /// The same, one at a time.
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
      // Safe: each buffer has room for what the kernel writes, `count` entries; the cursor may be
      // read and written in place.
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

  /// Kernel memory, from `/proc/self/fdinfo`.
  func kernelBytes() -> UInt64 {
    ProcFile.field("memlock", of: "/proc/self/fdinfo/\(descriptor)").flatMap { UInt64($0) } ?? 0
  }
}
