// SPDX-License-Identifier: Apache-2.0

import BPFProgram
import Glibc
import ObjectFiles
import ProfileModel
import Sampling

/// The checks of `flameback doctor`. They read settings and set up a profile without running it;
/// they change nothing.
enum Examination {
  /// All checks, in the order in which they are printed.
  static func findings() -> [Finding] {
    [kernel, types, jit, lockdown, seccomp, capabilities, sampling] + names
      + [counters, paranoia, rate, tracepoints, uprobes, debugFiles, disk]
  }

  private static var kernel: Finding {
    let found = "Linux \(KernelSettings.release), \(KernelSettings.machine)"
    guard KernelSettings.isRecent, KernelSettings.machine == "x86_64" else {
      return Finding("kernel", .kernel, "\(found); Linux 6.1 or newer on x86_64 is needed")
    }
    guard !KernelSettings.mayHang(release: KernelSettings.release) else {
      return Finding(
        "kernel", .degraded,
        "\(found): 6.16 and 6.17 can hang when a profiler stops a clock event from inside its own "
          + "timer; flameback does not do that, other profilers do: a newer kernel is better")
    }
    return Finding("kernel", .good, found)
  }

  private static var types: Finding {
    KernelSettings.hasTypeInformation
      ? Finding("types", .good, "/sys/kernel/btf/vmlinux")
      : Finding(
        "types", .kernel,
        "no type information (BTF): CONFIG_DEBUG_INFO_BTF=y and a mounted /sys are needed")
  }

  private static var jit: Finding {
    KernelSettings.bpfJIT == 0
      ? Finding(
        "jit", .degraded, "the BPF program is interpreted, which costs several times as much",
        remedy: "sudo sysctl net.core.bpf_jit_enable=1")
      : Finding("jit", .good, "the BPF program runs as machine code")
  }

  private static var lockdown: Finding {
    let mode = KernelSettings.lockdown
    return mode == "confidentiality"
      ? Finding(
        "lockdown", .privilege,
        "confidentiality: no process may read kernel memory; boot with lockdown=integrity or none"
      )
      : Finding("lockdown", .good, mode)
  }

  /// Whether a seccomp filter is active. Which calls it allows is found out by `sampling`.
  private static var seccomp: Finding {
    Finding(
      "seccomp", .good,
      KernelSettings.hasSeccompFilter
        ? "this process has a filter of system calls, as in a container" : "no filter")
  }

  private static var capabilities: Finding {
    let missing = Capability.missing(of: Capability.forSampling)
    return missing.isEmpty
      ? Finding("capabilities", .good, "this process has \(Words.list(Capability.forSampling))")
      : Finding(
        "capabilities", .privilege, "\(Words.list(missing)) missing: nothing can be sampled",
        remedy: Words.grantCommand())
  }

  /// Sets up a profile of this process, and ends it before the first sample.
  private static var sampling: Finding {
    do throws(SamplingError) {
      _ = try Sampler(
        SamplingPlan(target: .processes([getpid()]), duration: 0), signalMask: sigset_t())
      return Finding(
        "sampling", .good,
        "the BPF program (built by \(EmbeddedObject.compiler)) loads and attaches")
    } catch {
      let failure = Words.failure(error)
      return Finding(
        "sampling", failure.exitCode == Failure.kernelCode ? .kernel : .privilege,
        failure.sentence ?? "")
    }
  }

  /// The capabilities that symbolization uses, a check for each, and the kernel's names.
  private static var names: [Finding] {
    let uses: [(Capability, String, String)] = [
      (.sysPtrace, "processes", "program files of other users' processes"),
      (.dacReadSearch, "files", "files that only their owners may read"),
      (.checkpointRestore, "deleted files", "programs that were deleted or replaced"),
    ]
    return uses.map { capability, name, files in
      Capability.missing(of: [capability]).isEmpty
        ? Finding(name, .good, "\(files) have names")
        : Finding(
          name, .degraded, "\(files) have no names: \(capability.name) is missing",
          remedy: Words.grantCommand())
    } + [kernelNames]
  }

  private static var kernelNames: Finding {
    let name = "kernel names"
    let restriction =
      "kernel.kptr_restrict is \(KernelSettings.kptrRestrict.map(String.init) ?? "unknown")"
    if KernelSettings.showsKernelAddresses {
      return Finding(name, .good, "/proc/kallsyms has addresses; \(restriction)")
    }
    if Capability.missing(of: [.syslog]).isEmpty {
      return Finding(
        name, .degraded, "hidden: \(restriction)",
        remedy: "sudo sysctl kernel.kptr_restrict=1")
    }
    return Finding(
      name, .degraded, "hidden: CAP_SYSLOG is missing", remedy: Words.grantCommand())
  }

  private static var counters: Finding {
    KernelSettings.hasHardwareCounters
      ? Finding("counters", .good, "this machine has hardware counters (-e cycles)")
      : Finding("counters", .degraded, "no hardware counters (-e cycles); -e cpu-clock works")
  }

  private static var paranoia: Finding {
    let level = KernelSettings.perfEventParanoid.map(String.init) ?? "unknown"
    return Finding(
      "paranoid", .good, "kernel.perf_event_paranoid is \(level), which CAP_PERFMON overrides")
  }

  private static var rate: Finding {
    guard let limit = SampleRate.limit() else {
      return Finding("rate", .degraded, "kernel.perf_event_max_sample_rate cannot be read")
    }
    return Finding(
      "rate", limit >= 99 ? .good : .degraded,
      "up to \(Words.grouped(UInt64(max(0, limit)))) samples per second and CPU",
      remedy: "sudo sysctl kernel.perf_event_max_sample_rate=100000")
  }

  private static var tracepoints: Finding {
    Tracepoint.isWithinReach
      ? Finding("tracepoints", .good, "their ids can be read")
      : Finding(
        "tracepoints", .degraded, "their ids cannot be read (-e tracepoint:…)",
        remedy: "sudo mount -t tracefs tracefs /sys/kernel/tracing")
  }

  private static var uprobes: Finding {
    KernelSettings.hasUprobes
      ? Finding("uprobes", .good, "this kernel has them")
      : Finding("uprobes", .degraded, "this kernel has none (CONFIG_UPROBE_EVENTS)")
  }

  /// Whether separate debug files are installed: checked for the C library, which every program
  /// uses.
  private static var debugFiles: Finding {
    let library = "/lib/x86_64-linux-gnu/libc.so.6"
    guard let file = try? OpenFile(opening: library), let id = ElfImage(file)?.buildID?.description
    else { return Finding("debug files", .degraded, "\(library) cannot be read") }
    let path = "/usr/lib/debug/.build-id/\(id.prefix(2))/\(id.dropFirst(2)).debug"
    return access(path, R_OK) == 0
      ? Finding("debug files", .good, "those of the C library are installed")
      : Finding(
        "debug files", .degraded,
        "none for the C library: its code has no inlined frames and no line numbers",
        remedy: "sudo apt-get install libc6-dbg")
  }

  private static var disk: Finding {
    var system = statvfs()
    guard statvfs(".", &system) == 0, access(".", W_OK) == 0 else {
      return Finding("disk", .degraded, "this folder is not writable", remedy: "cd /tmp")
    }
    let free = UInt64(system.f_bavail) &* UInt64(system.f_frsize)
    return Finding(
      "disk", free >= 64 << 20 ? .good : .degraded, "\(Words.size(free)) free in this folder",
      remedy: "cd /tmp")
  }
}
