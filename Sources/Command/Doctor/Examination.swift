// SPDX-License-Identifier: Apache-2.0

import BPFProgram
import Glibc
import ObjectFiles
import ProfileModel
import Sampling

/// The checks of the doctor. They read, and take a profile of nothing; they change nothing.
enum Examination {
  static func findings() -> [Finding] {
    [kernel, types, jit, lockdown, seccomp, capabilities, sampling] + names
      + [counters, paranoia, rate, tracepoints, uprobes, debugFiles, disk]
  }

  private static var kernel: Finding {
    let found = "Linux \(KernelSettings.release), \(KernelSettings.machine)"
    guard KernelSettings.isRecent, KernelSettings.machine == "x86_64" else {
      return Finding("kernel", .kernel, "\(found); 6.1 or newer on x86_64 is needed")
    }
    guard !KernelSettings.mayHang(release: KernelSettings.release) else {
      return Finding(
        "kernel", .degraded,
        "\(found): 6.16 and 6.17 can hang where a profiler stops a clock from inside its own timer; "
          + "flameback does not, others do: better a newer one")
    }
    return Finding("kernel", .good, found)
  }

  private static var types: Finding {
    KernelSettings.hasTypeInformation
      ? Finding("types", .good, "/sys/kernel/btf/vmlinux")
      : Finding(
        "types", .kernel, "no type information (BTF): CONFIG_DEBUG_INFO_BTF=y is needed, and /sys")
  }

  private static var jit: Finding {
    KernelSettings.bpfJIT == 0
      ? Finding(
        "jit", .degraded, "the sampling program is interpreted, which costs several times as much",
        remedy: "sudo sysctl net.core.bpf_jit_enable=1")
      : Finding("jit", .good, "the sampling program runs as machine code")
  }

  private static var lockdown: Finding {
    let mode = KernelSettings.lockdown
    return mode == "confidentiality"
      ? Finding(
        "lockdown", .privilege,
        "confidentiality: nobody may look into the kernel; boot with lockdown=integrity, or without"
      )
      : Finding("lockdown", .good, mode)
  }

  /// What a filter lets through, `sampling` tries.
  private static var seccomp: Finding {
    Finding(
      "seccomp", .good,
      KernelSettings.hasSeccompFilter
        ? "a filter of system calls lies over this process, as in a container" : "no filter")
  }

  private static var capabilities: Finding {
    let missing = Capability.missing(of: Capability.forSampling)
    return missing.isEmpty
      ? Finding("capabilities", .good, "\(Words.list(Capability.forSampling)) are there")
      : Finding(
        "capabilities", .privilege, "\(Words.list(missing)) missing: nothing can be sampled",
        remedy: Words.grantCommand())
  }

  /// Sets up all that a profile of this process would take, and lets it go.
  private static var sampling: Finding {
    do throws(SamplingError) {
      _ = try Sampler(
        SamplingPlan(target: .processes([getpid()]), duration: 0), signalMask: sigset_t())
      return Finding(
        "sampling", .good, "the program (built by \(EmbeddedObject.compiler)) loads and attaches")
    } catch {
      let failure = Words.failure(error)
      return Finding(
        "sampling", failure.exitCode == Failure.kernelCode ? .kernel : .privilege,
        failure.sentence ?? "")
    }
  }

  /// What each capability gives to names.
  private static var names: [Finding] {
    let uses: [(Capability, String, String)] = [
      (.sysPtrace, "processes", "program files of other users' processes"),
      (.dacReadSearch, "files", "files that only their owners may read"),
      (.checkpointRestore, "deleted files", "programs that were deleted or replaced"),
    ]
    return uses.map { capability, name, what in
      Capability.missing(of: [capability]).isEmpty
        ? Finding(name, .good, "\(what) have names")
        : Finding(
          name, .degraded, "\(what) have no names: \(capability.name) is missing",
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
      ? Finding("counters", .good, "hardware counters are there (-e cycles)")
      : Finding("counters", .degraded, "no hardware counters (-e cycles); -e cpu-clock works")
  }

  private static var paranoia: Finding {
    let level = KernelSettings.perfEventParanoid.map(String.init) ?? "unknown"
    return Finding(
      "paranoid", .good, "kernel.perf_event_paranoid is \(level), which CAP_PERFMON overrules")
  }

  private static var rate: Finding {
    guard let limit = SampleRate.limit() else {
      return Finding("rate", .degraded, "kernel.perf_event_max_sample_rate cannot be read")
    }
    return Finding(
      "rate", limit >= 99 ? .good : .degraded,
      "up to \(Words.grouped(UInt64(max(0, limit)))) samples a second and CPU",
      remedy: "sudo sysctl kernel.perf_event_max_sample_rate=100000")
  }

  private static var tracepoints: Finding {
    Tracepoint.isWithinReach
      ? Finding("tracepoints", .good, "their numbers can be read")
      : Finding(
        "tracepoints", .degraded, "their numbers cannot be read (-e tracepoint:…)",
        remedy: "sudo mount -t tracefs tracefs /sys/kernel/tracing")
  }

  private static var uprobes: Finding {
    KernelSettings.hasUprobes
      ? Finding("uprobes", .good, "they are there")
      : Finding("uprobes", .degraded, "none in this kernel (CONFIG_UPROBE_EVENTS)")
  }

  /// The C library's stand for those of all.
  private static var debugFiles: Finding {
    let library = "/lib/x86_64-linux-gnu/libc.so.6"
    guard let file = try? OpenFile(opening: library), let id = ElfImage(file)?.buildID?.description
    else { return Finding("debug files", .degraded, "\(library) cannot be read") }
    let path = "/usr/lib/debug/.build-id/\(id.prefix(2))/\(id.dropFirst(2)).debug"
    return access(path, R_OK) == 0
      ? Finding("debug files", .good, "the C library's are there")
      : Finding(
        "debug files", .degraded, "none for the C library: no inlined frames, no lines in it",
        remedy: "sudo apt-get install libc6-dbg")
  }

  private static var disk: Finding {
    var system = statvfs()
    guard statvfs(".", &system) == 0, access(".", W_OK) == 0 else {
      return Finding("disk", .degraded, "nothing can be written to this folder", remedy: "cd /tmp")
    }
    let free = UInt64(system.f_bavail) &* UInt64(system.f_frsize)
    return Finding(
      "disk", free >= 64 << 20 ? .good : .degraded, "\(Words.size(free)) free in this folder",
      remedy: "cd /tmp")
  }
}
