// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// The reason why a sampler could not be set up, started or read.
package enum SamplingError: Error, Hashable, Sendable {
  /// No process has this process id.
  case noSuchProcess(Int32)
  /// The process with this process id has exited, and its parent has not yet reaped it.
  case zombie(Int32)
  /// No thread has this thread id.
  case noSuchThread(Int32)
  /// No cgroup has this path, which is as the caller gave it.
  case noSuchCgroup(String)
  /// The filter has cgroups of more than one hierarchy (cgroups(7)); all of them must be in one.
  case cgroupsOfSeveralHierarchies
  /// The CPU of the filter with this id (from 0) is offline or does not exist.
  case cpuNotOnline(CInt)
  /// The kernel has no tracepoint with this category and name.
  case noSuchTracepoint(_ category: String, _ name: String)
  /// The id of a tracepoint cannot be read from tracefs, for this reason.
  case tracefsOutOfReach(SystemError)
  /// The file of a uprobe event, at this path, does not exist or is not an ELF file.
  case noProgramFile(String)
  /// The file of a uprobe event, at the path `file`, has no function with the linkage name
  /// `symbol`.
  case noSuchSymbol(file: String, symbol: String)
  /// The mounted `/proc` belongs to another pid namespace than this process, so that its process
  /// ids are not those of this process.
  case procOfOtherNamespace
  /// The command could not be executed; `code` is the `errno` of execvp(3).
  case commandNotExecuted(command: String, code: CInt)
  /// The command is there, but the interpreter in the first line of a script, or the dynamic loader
  /// of a program, does not exist. `command` is the first word of the command.
  case interpreterMissing(command: String)
  /// The requested rate is above the limit `kernel.perf_event_max_sample_rate`. Both values are in
  /// samples per second and CPU.
  case rateAboveLimit(requested: Int, limit: Int)
  /// The kernel refused a system call, with this error, and this process lacks the capabilities in
  /// `missing`, which could be the cause.
  case missingPrivilege(SystemError, missing: [Capability])
  /// The kernel refused a system call, with this error, although no capability is missing: by the
  /// policy of a container or of the kernel.
  case refusedByPolicy(SystemError)
  /// The kernel was built without this feature, or the machine lacks it; the error is that of the
  /// call that needs it.
  case kernelLacks(KernelFeature, SystemError)
  /// The kernel refused to load the BPF program, for another reason than a missing privilege or
  /// feature; `log` is the text that libbpf has printed.
  case programRefused(SystemError, log: String)
  /// A system call has failed, for a reason that no other case describes.
  case system(SystemError)
}

/// A feature of the kernel that sampling needs, or that an event needs.
package enum KernelFeature: Hashable, Sendable {
  /// Type information (BTF): CONFIG_DEBUG_INFO_BTF.
  case typeInformation
  /// The system call perf_event_open(2): CONFIG_PERF_EVENTS.
  case perfEvents
  /// The system call bpf(2): CONFIG_BPF_SYSCALL.
  case bpf
  /// Hardware counters of the CPU (a performance monitoring unit), which virtual machines often
  /// lack.
  case hardwareCounters
  /// Probes at functions of programs (uprobes): CONFIG_UPROBE_EVENTS.
  case uprobes
}

extension SamplingError {
  /// Classifies a failed step of the set-up by what would make it succeed.
  ///
  /// - Parameter log: what libbpf printed.
  static func ofStep(_ error: SystemError, feature: KernelFeature, log: String = "") -> Self {
    switch error.code {
    case EPERM, EACCES:
      let missing = Capability.missing(of: Capability.forSampling)
      if !missing.isEmpty { return .missingPrivilege(error, missing: missing) }
      // The verifier returns EACCES too, and then its log is long.
      return log.contains("BEGIN PROG LOAD LOG")
        ? .programRefused(error, log: log) : .refusedByPolicy(error)
    case ENOSYS, ENOENT, ENODEV, EOPNOTSUPP:
      return .kernelLacks(feature, error)
    case EMFILE, ENFILE, ENOMEM: return .system(error)
    // This mode hides the helpers that read kernel memory, and the verifier calls them unknown.
    case EINVAL where KernelSettings.lockdown == "confidentiality": return .refusedByPolicy(error)
    default:
      return log.isEmpty ? .system(error) : .programRefused(error, log: log)
    }
  }
}
