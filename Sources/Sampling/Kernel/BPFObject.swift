// SPDX-License-Identifier: Apache-2.0

import BPFProgram
import CLibbpf
import CShims
import Glibc
import ObjectFiles

/// Entries of the maps, set before loading.
struct MapSizes {
  var stacks: Int
  var counts: Int
  var blocks: Int
  var targets: Int
  /// Times of samples; 0 where they are not kept.
  var ticks: Int
  /// Rows of all unwind tables.
  var rows: Int
  /// That there can be, not just those that are online.
  var cpus: Int

  /// Room for `stacks` distinct stacks and as many counts. A stack has 8 blocks of 8 frames on
  /// average, and 32 where somebody has asked for deeper ones than usual.
  init(stacks: Int, maximumDepth: Int, rows: Int, ticks: Int) {
    self.stacks = stacks
    self.rows = rows
    self.ticks = ticks
    counts = stacks
    blocks = stacks * (maximumDepth > SamplingPlan.defaultDepth ? 32 : 8)
    cpus = max(1, Int(libbpf_num_possible_cpus()))
    targets = 16_384
  }
}

/// Our program in the kernel, with its maps: gone when the owner goes.
struct BPFObject: ~Copyable {
  private let object: OpaquePointer
  /// Links of the programs that follow forks, execs, exits and new mappings.
  private let links: [OpaquePointer]
  private let event: SampledEvent
  /// Entries of the map `ticks`; 0 where times are not kept.
  let tickCapacity: Int

  /// Opens the embedded object, sets it up and loads it.
  ///
  /// - Parameter kernelTypes: where the kernel's BTF is, if not at the usual place.
  init(
    config: fb_config, sizes: MapSizes, event: SampledEvent, kernelTypes: String?
  ) throws(SamplingError) {
    LibbpfLog.collect()
    let typesPath = kernelTypes ?? "/sys/kernel/btf/vmlinux"
    guard access(typesPath, R_OK) == 0 else {
      throw .kernelLacks(.typeInformation, .last("open", typesPath))
    }
    let object = try Self.opened(kernelTypes: kernelTypes)
    var links: [OpaquePointer] = []
    do throws(SamplingError) {
      try Self.configure(object, config, sizes)
      try Self.choose(event, object)
      guard bpf_object__load(object) == 0 else {
        throw .ofStep(.last("load the BPF program"), feature: .bpf, log: LibbpfLog.text())
      }
      try Self.follow(object, &links)
    } catch {
      for link in links { bpf_link__destroy(link) }
      bpf_object__close(object)
      throw error
    }
    self.object = object
    self.links = links
    self.event = event
    tickCapacity = sizes.ticks
  }

  deinit {
    for link in links { bpf_link__destroy(link) }
    bpf_object__close(object)
  }

  var samplingProgram: OpaquePointer {
    get throws(SamplingError) { try Self.program(event.isHit ? "sample_hit" : "sample", object) }
  }

  borrowing func descriptor(ofProgram name: String) throws(SamplingError) -> CInt {
    bpf_program__fd(try Self.program(name, object))
  }

  borrowing func map(_ name: String) throws(SamplingError) -> BPFMap {
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

  private static func opened(kernelTypes: String?) throws(SamplingError) -> OpaquePointer {
    let bytes = EmbeddedObject.bytes()
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
    let rodata = try map(".rodata", object)
    var size = 0
    bpf_map__initial_value(rodata, &size)
    // The only constant of the program: were there another, ours would not be at the start.
    guard size == MemoryLayout<fb_config>.size else {
      throw .system(SystemError(operation: "configure", thing: ".rodata", code: EINVAL))
    }
    guard bpf_map__set_initial_value(rodata, &config, size) == 0 else {
      throw .system(.last("configure", ".rodata"))
    }
    for (name, entries) in [
      ("stacks", sizes.stacks), ("counts", sizes.counts), ("blocks", sizes.blocks),
      ("targets", sizes.targets), ("rows", sizes.rows),
      ("objects", UnwindTables.objectCapacity), ("ticks", max(1, sizes.ticks)),
      ("known_frames", sizes.cpus << Int(FB_KNOWN_FRAMES_BITS)), ("trails", sizes.cpus),
    ] where bpf_map__set_max_entries(try map(name, object), UInt32(entries)) != 0 {
      throw .system(.last("set the size of a map", name))
    }
  }

  private static let followers = [
    "follow_fork", "forget_space", "release_exec", "forget_exit", "note_new_range",
  ]

  /// Loads the program that the event runs: hits want one of their own type.
  private static func choose(
    _ event: SampledEvent, _ object: OpaquePointer
  ) throws(SamplingError) {
    guard event.isHit else { return }
    bpf_program__set_autoload(try program("sample", object), false)
    let hit = try program("sample_hit", object)
    bpf_program__set_autoload(hit, true)
    if case .uprobe = event.source { bpf_program__set_type(hit, BPF_PROG_TYPE_KPROBE) }
  }

  private static func follow(
    _ object: OpaquePointer, _ links: inout [OpaquePointer]
  ) throws(SamplingError) {
    for name in followers {
      guard let link = bpf_program__attach(try program(name, object)) else {
        throw .ofStep(.last("attach", name), feature: .bpf)
      }
      links.append(link)
    }
  }

  private static func program(
    _ name: String, _ object: OpaquePointer
  ) throws(SamplingError) -> OpaquePointer {
    guard let program = bpf_object__find_program_by_name(object, name) else {
      throw .system(.last("find the program", name))
    }
    return program
  }

  private static func map(
    _ name: String, _ object: OpaquePointer
  ) throws(SamplingError) -> OpaquePointer {
    guard let map = bpf_object__find_map_by_name(object, name) else {
      throw .system(.last("find the map", name))
    }
    return map
  }
}
