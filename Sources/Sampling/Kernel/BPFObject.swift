// SPDX-License-Identifier: Apache-2.0

import BPFProgram
import CLibbpf
import CShims
import Glibc
import System

/// The BPF object in the kernel: its programs and maps. Unloaded when the owner is destroyed.
struct BPFObject: ~Copyable {
  let sizes: MapSizes
  let shared: SharedState
  /// Links of the programs in `ProgramName.followers`, in that order.
  let links: [OpaquePointer]
  private let object: OpaquePointer

  /// Opens the embedded object, configures it, loads it and attaches the followers.
  ///
  /// - Parameters:
  ///   - programs: the programs of the collectors, which attach them.
  ///   - kernelTypes: path of the kernel's BTF; nil is the usual one.
  init(
    config: fb_config, sizes: MapSizes, programs: [ProgramSelection], kernelTypes: String?
  ) throws(SamplingError) {
    LibbpfLog.collect()
    let typesPath = kernelTypes ?? KernelTypeBytes.path
    guard access(typesPath, R_OK) == 0 else {
      throw .kernelLacks(.typeInformation, .last("open", typesPath))
    }
    let bytes = EmbeddedObject.bytes()
    let reduced = kernelTypes == nil ? ReducedKernelTypes(for: bytes) : nil
    let object = try Self.opened(bytes, kernelTypes: kernelTypes ?? reduced?.path)
    var links: [OpaquePointer] = []
    do throws(SamplingError) {
      try Self.configure(object, config, sizes)
      try Self.select(programs, object)
      // libbpf reads the types now.
      guard withExtendedLifetime(reduced, { bpf_object__load(object) }) == 0 else {
        throw .ofStep(.last("load the BPF program"), feature: .bpf, log: LibbpfLog.text())
      }
      try Self.attachFollowers(object, &links)
      let shared = try Self.map(.shared, object)
      self.shared = try SharedState(BPFMap(descriptor: bpf_map__fd(shared)))
    } catch {
      for link in links { bpf_link__destroy(link) }
      bpf_object__close(object)
      throw error
    }
    self.object = object
    self.links = links
    self.sizes = sizes
  }

  deinit {
    for link in links { bpf_link__destroy(link) }
    bpf_object__close(object)
  }

  /// The descriptor of a program that is loaded and no follower: those are held by their links alone.
  borrowing func descriptor(of program: ProgramName) throws(SamplingError) -> CInt {
    bpf_program__fd(try Self.program(program, object))
  }

  borrowing func map(_ name: MapName) throws(SamplingError) -> BPFMap {
    BPFMap(descriptor: bpf_map__fd(try Self.map(name, object)))
  }

  /// Kernel memory of all maps, in bytes.
  borrowing func mapBytes() -> UInt64 {
    var total: UInt64 = 0
    var map: OpaquePointer?
    while let next = bpf_object__next_map(object, map) {
      total += BPFMap(descriptor: bpf_map__fd(next)).kernelBytes()
      map = next
    }
    return total
  }

  private static func opened(
    _ bytes: [UInt8], kernelTypes: String?
  ) throws(SamplingError) -> OpaquePointer {
    var options = bpf_object_open_opts()
    options.sz = MemoryLayout<bpf_object_open_opts>.size
    // Safe: libbpf copies both the name and the path while it opens the object.
    let object = "flameback".withCString { name in
      (kernelTypes ?? "").withCString { path in
        options.object_name = name
        options.btf_custom_path = kernelTypes == nil ? nil : path
        return bytes.withUnsafeBytes { bpf_object__open_mem($0.baseAddress, $0.count, &options) }
      }
    }
    guard let object else { throw .system(.last("open the BPF object")) }
    return object
  }

  private static func configure(
    _ object: OpaquePointer, _ config: fb_config, _ sizes: MapSizes
  ) throws(SamplingError) {
    var config = config
    config.block_capacity = UInt32(sizes.blocks)
    config.stack_capacity = UInt32(sizes.stacks)
    config.tick_capacity = UInt32(sizes.ticks)
    config.generations = UInt32(sizes.generations)
    let rodata = try map(.configuration, object)
    var size = 0
    bpf_map__initial_value(rodata, &size)
    // The program has no other constant: else ours need not be at the start of the section.
    guard size == MemoryLayout<fb_config>.size else {
      throw .system(
        SystemError(operation: "configure", thing: MapName.configuration.rawValue, code: EINVAL))
    }
    guard bpf_map__set_initial_value(rodata, &config, size) == 0 else {
      throw .system(.last("configure", MapName.configuration.rawValue))
    }
    for (name, count) in sizes.entries
    where bpf_map__set_max_entries(try map(name, object), UInt32(count)) != 0 {
      throw .system(.last("set the size of a map", name.rawValue))
    }
  }

  /// Selects the programs of collectors for the load. All others are loaded anyway.
  private static func select(
    _ programs: [ProgramSelection], _ object: OpaquePointer
  ) throws(SamplingError) {
    for name in ProgramName.ofCollectors {
      let selection = programs.first { $0.name == name }
      let program = try program(name, object)
      bpf_program__set_autoload(program, selection != nil)
      if let type = selection?.type { bpf_program__set_type(program, type) }
    }
  }

  private static func attachFollowers(
    _ object: OpaquePointer, _ links: inout [OpaquePointer]
  ) throws(SamplingError) {
    for name in ProgramName.followers {
      let program = try program(name, object)
      guard let link = bpf_program__attach(program) else {
        throw .ofStep(.last("attach", name.rawValue), feature: .bpf)
      }
      links.append(link)
      // The link holds it in the kernel. This closes its descriptor, of which there may be few.
      bpf_program__unload(program)
    }
  }

  private static func program(
    _ name: ProgramName, _ object: OpaquePointer
  ) throws(SamplingError) -> OpaquePointer {
    try found(name.rawValue, bpf_object__find_program_by_name(object, name.rawValue))
  }

  private static func map(
    _ name: MapName, _ object: OpaquePointer
  ) throws(SamplingError) -> OpaquePointer {
    try found(name.rawValue, bpf_object__find_map_by_name(object, name.rawValue))
  }

  private static func found(
    _ name: String, _ part: OpaquePointer?
  ) throws(SamplingError) -> OpaquePointer {
    guard let part else { throw .system(.last("find in the BPF object", name)) }
    return part
  }
}
