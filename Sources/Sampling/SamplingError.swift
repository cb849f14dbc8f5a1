// SPDX-License-Identifier: Apache-2.0

import Glibc
public import System

/// Why nothing could be sampled.
public enum SamplingError: Error, Hashable, Sendable {
  case noSuchProcess(Int32)
  /// It has exited, and its parent has not yet asked for its status.
  case zombie(Int32)
  case noSuchThread(Int32)
  case noSuchCgroup(String)
  /// Cgroups of different hierarchies: a thread has one in each.
  case cgroupsOfSeveralHierarchies
  case cpuNotOnline(CInt)
  case noSuchTracepoint(_ category: String, _ name: String)
  /// The numbers of tracepoints cannot be read.
  case tracefsOutOfReach(SystemError)
  /// Nothing that could have a probe.
  case noProgramFile(String)
  case noSuchSymbol(file: String, symbol: String)
  /// `/proc` shows other process ids than this process has.
  case procOfOtherNamespace
  /// The command could not be executed: errno of exec.
  case commandNotExecuted(command: String, code: CInt)
  /// The program of the script's first line, or the loader that the program names, is not there.
  case interpreterMissing(command: String)
  /// Above `kernel.perf_event_max_sample_rate`.
  case rateAboveLimit(requested: Int, limit: Int)
  /// A step was refused; these capabilities are missing.
  case missingPrivilege(SystemError, missing: [Capability])
  /// A step was refused although the capabilities are there: a container's or kernel's policy.
  case refusedByPolicy(SystemError)
  /// The kernel cannot do this.
  case kernelLacks(KernelFeature, SystemError)
  /// The kernel refused the program for another reason; with libbpf's own words.
  case programRefused(SystemError, log: String)
  case system(SystemError)
}

public enum KernelFeature: Hashable, Sendable {
  /// CONFIG_DEBUG_INFO_BTF
  case typeInformation
  /// CONFIG_PERF_EVENTS
  case perfEvents
  /// CONFIG_BPF_SYSCALL
  case bpf
  /// A PMU.
  case hardwareCounters
  /// CONFIG_UPROBE_EVENTS
  case uprobes
}

extension SamplingError {
  /// Sorts a failed step of the set-up by what would mend it.
  static func ofStep(_ error: SystemError, feature: KernelFeature, log: String = "") -> Self {
    switch error.code {
    case EPERM, EACCES:
      let missing = Capability.missing(of: Capability.forSampling)
      if !missing.isEmpty { return .missingPrivilege(error, missing: missing) }
      // The verifier says EACCES, too, and then at length why.
      return log.contains("BEGIN PROG LOAD LOG")
        ? .programRefused(error, log: log) : .refusedByPolicy(error)
    case ENOSYS, ENOENT, ENODEV, EOPNOTSUPP:
      return .kernelLacks(feature, error)
    case EMFILE, ENFILE, ENOMEM: return .system(error)
    // The helpers that read the kernel's memory are not there then: the verifier calls them unknown.
    case EINVAL where KernelSettings.lockdown == "confidentiality": return .refusedByPolicy(error)
    default:
      return log.isEmpty ? .system(error) : .programRefused(error, log: log)
    }
  }
}
