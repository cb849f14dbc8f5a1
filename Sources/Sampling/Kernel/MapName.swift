// SPDX-License-Identifier: Apache-2.0

/// The maps of the BPF object, by their names in `bpf/`. A test compares them with the object file.
enum MapName: String, CaseIterable {
  case blocks
  case copies
  case counters
  case counts
  case files
  case kernelName = "kernel_name"
  case knownFrames = "known_frames"
  case mappings
  case newRanges = "new_ranges"
  case objects
  case rows
  case scratches
  case shares
  case spaces
  case stacks
  case targets
  case threadFilter = "thread_filter"
  case threadNames = "thread_names"
  case ticks
  case trails
  case trial
  case unknownProcesses = "unknown_processes"
  /// The section that holds `struct fb_config`, as libbpf's map of it.
  case configuration = ".rodata"
  /// The section that holds `struct fb_shared`.
  case shared = ".bss"
}

/// The programs of the BPF object, by their names in `bpf/`. A test compares them with the object file.
enum ProgramName: String, CaseIterable {
  case sample
  /// Loaded instead of `sample` for a tracepoint or uprobe.
  case sampleHit = "sample_hit"
  case followFork = "follow_fork"
  case forgetSpace = "forget_space"
  case releaseExec = "release_exec"
  case forgetExit = "forget_exit"
  case noteNewRange = "note_new_range"
  case nameKernelAddress = "name_kernel_address"

  /// Programs that run from the load on: they follow what processes do, whether or not they are
  /// sampled.
  static let followers: [ProgramName] = [
    .followFork, .forgetSpace, .releaseExec, .forgetExit, .noteNewRange,
  ]

  /// Programs of collectors: loaded only if a collector selects them. All but the followers and the one
  /// that user space runs itself.
  static let ofCollectors = allCases.filter { !followers.contains($0) && $0 != .nameKernelAddress }
}
