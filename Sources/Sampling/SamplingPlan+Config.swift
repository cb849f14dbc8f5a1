// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc

extension SamplingPlan {
  /// The configuration of the BPF program, except for the sizes of its maps.
  ///
  /// - Parameter isBoundToCPUs: the programs run on the CPUs of the filter only.
  func config(_ filter: ThreadFilter, isBoundToCPUs: Bool) throws(SamplingError) -> fb_config {
    var config = fb_config()
    config.pid_namespace = try Self.pidNamespace()
    config.only_targets = isWholeMachine ? 0 : 1
    config.kernel_stacks = takesKernelStacks ? 1 : 0
    config.user_stacks = takesUserStacks ? 1 : 0
    config.stack_id_bits = UInt32(min(max(1, stackIDBits), 64))
    config.max_depth = UInt32(min(max(1, maximumDepth), Self.depthLimit))
    config.is_trial = isTrial ? 1 : 0
    config.follows_children = followsChildren ? 1 : 0
    filter.configure(&config, isBoundToCPUs: isBoundToCPUs)
    config.splits_cpus = splitsCPUs ? 1 : 0
    config.splits_cgroups = splitsCgroups ? 1 : 0
    config.counts_events = event.isClock ? 0 : 1
    if case .period(let count) = rate { config.hit_period = count }
    config.reports_unknown_processes = reportsUnknownProcesses ? 1 : 0
    config.hash_secrets = fb_hash_secrets(
      lower: .random(in: 0 ... .max), upper: .random(in: 0 ... .max),
      chain: .random(in: 0 ... .max) | 1)
    return config
  }

  /// The pid namespace of this process, by its inode: process ids of the plan are those of it.
  private static func pidNamespace() throws(SamplingError) -> UInt32 {
    var status = stat()
    let path = "/proc/self/ns/pid"
    guard stat(path, &status) == 0 else { throw .system(.last("stat", path)) }
    return UInt32(truncatingIfNeeded: status.st_ino)
  }
}
