// SPDX-License-Identifier: Apache-2.0

import Formats
import Glibc
import ObjectFiles
import ProfileModel
import Sampling
import Symbolization
import System

/// The messages of the command, made from errors and notes of the other modules. Each says what
/// failed, on what, why, and what the user can do. Names of files and processes are escaped
/// (`VisibleText`).
enum Words {
  /// The message and the exit code for an error of sampling.
  static func failure(_ error: SamplingError) -> Failure {
    switch error {
    case .noSuchProcess(let pid):
      return .runtime("no process \(pid): it does not exist (any more), or is not visible here")
    case .zombie(let pid):
      return .runtime(
        "process \(pid) is a zombie: it has exited, and its parent has not read its status yet")
    case .noSuchThread(let id):
      return .runtime("no thread \(id): it does not exist (any more), or is not visible here")
    case .noSuchCgroup(let path):
      return .runtime(
        "no cgroup \(VisibleText.of(path)): give a folder below /sys/fs/cgroup, or a path as in "
          + "/proc/PID/cgroup")
    case .cgroupsOfSeveralHierarchies:
      return .usage(
        "--cgroup: all cgroups must be in one hierarchy (version 2, or one of version 1)")
    case .cpuNotOnline(let cpu):
      return .runtime("no CPU \(cpu): it does not exist, or is not online")
    case .noSuchTracepoint(let category, let name):
      return .runtime("no tracepoint \(category):\(name) in this kernel")
    case .tracefsOutOfReach(let step):
      return Failure(
        exitCode: Failure.privilegeCode,
        sentence: "the ids of tracepoints cannot be read (\(attempt(step))): run flameback with"
          + " sudo, or mount tracefs: sudo mount -t tracefs tracefs /sys/kernel/tracing")
    case .noProgramFile(let file):
      return .runtime(
        "\(VisibleText.of(file)) is not a program or library: no probe can be set in it")
    case .noSuchSymbol(let file, let symbol):
      return .runtime(
        "\(VisibleText.of(file)) has no function \(VisibleText.of(symbol)) in its symbol tables")
    case .procOfOtherNamespace:
      return .runtime(
        "/proc belongs to another pid namespace than this process: mount one for this namespace "
          + "(unshare --mount-proc)")
    case .commandNotExecuted(let command, let code):
      return Failure(
        exitCode: code == ENOENT ? Failure.notFoundCode : Failure.notExecutableCode,
        sentence: code == ENOENT
          ? "cannot run \(VisibleText.of(command)): no such command; check the name and PATH"
          : "cannot run \(VisibleText.of(command)): \(reason(code))")
    case .interpreterMissing(let command):
      return Failure(
        exitCode: Failure.notExecutableCode,
        sentence: "cannot run \(VisibleText.of(command)): the interpreter that its first line or "
          + "ELF header names does not exist")
    case .rateAboveLimit(let requested, let limit):
      return .usage(
        "-F \(requested) is above kernel.perf_event_max_sample_rate, which is \(limit) here")
    case .missingPrivilege(let step, let missing):
      return missingPrivilege(step, missing)
    case .refusedByPolicy(let step):
      return Failure(
        exitCode: Failure.privilegeCode,
        sentence:
          "\(attempt(step)), although this process has CAP_BPF and CAP_PERFMON: seccomp, an LSM, "
          + "kernel lockdown or the container's policy forbids it; run flameback on the host, or "
          + "allow bpf() and perf_event_open()")
    case .kernelLacks(let feature, let step):
      return Failure(
        exitCode: Failure.kernelCode, sentence: "\(missing(feature)) (\(attempt(step)))")
    case .programRefused(let step, let log):
      let lastLine = log.split(separator: "\n").last.map { "; libbpf: \($0)" } ?? ""
      return Failure(
        exitCode: Failure.kernelCode,
        sentence: "the kernel rejects the BPF program (\(attempt(step)))"
          + VisibleText.of(lastLine))
    case .system(let step):
      if step.code == EMFILE {
        return .runtime(
          "\(attempt(step)): raise the limit of open files: ulimit -n \(OpenFileLimit.least)")
      }
      return .runtime(attempt(step))
    }
  }

  private static func missingPrivilege(_ step: SystemError, _ missing: [Capability]) -> Failure {
    Failure(
      exitCode: Failure.privilegeCode,
      sentence: "sampling needs \(list(missing)), which this process lacks "
        + "(\(attempt(step))): run flameback with sudo, or \(grant())")
  }

  /// `CAP_BPF and CAP_PERFMON`
  static func list(_ capabilities: [Capability]) -> String {
    capabilities.map(\.name).joined(separator: " and ")
  }

  /// The setcap(8) command that grants this binary all capabilities that it uses. All in one
  /// command, since setcap replaces what was granted before.
  static func grantCommand() -> String {
    let all = (Capability.forSampling + Capability.forNames).map { $0.name.lowercased() }
    let file = linkTarget("/proc/self/exe") ?? "flameback"
    return "sudo setcap \(all.joined(separator: ","))+ep \(file)"
  }

  private static func grant() -> String { "grant it once: \(grantCommand())" }

  private static func missing(_ feature: KernelFeature) -> String {
    switch feature {
    case .typeInformation:
      "this kernel has no type information (BTF): it must be built with CONFIG_DEBUG_INFO_BTF=y, or "
        + "--btf FILE has to name it"
    case .perfEvents: "this kernel has no perf events: it must be built with CONFIG_PERF_EVENTS=y"
    case .hardwareCounters:
      "this machine has no such hardware counter (virtual machines often have none): -e cpu-clock "
        + "works everywhere"
    case .uprobes: "this kernel has no uprobes: it must be built with CONFIG_UPROBE_EVENTS=y"
    case .bpf: "this kernel cannot run the BPF program: Linux 6.1 or newer is needed"
    }
  }

  /// The failure of giving up rights: nothing is read with more of them than it needs.
  static func rightsKept(_ error: SystemError) -> Failure {
    .runtime("rights cannot be given up (\(attempt(error)))")
  }

  /// The failure of opening the object file of `symbolize`.
  static func objectFailure(_ reason: AbsenceReason, path: String) -> Failure {
    let words =
      switch reason {
      case .exited, .deleted: "no such file"
      case .denied: "permission denied"
      case .refusedType: "not a regular file, or empty"
      case .tooBig: "larger than any object file that is read"
      case .remote: fileIsRemote
      case .corrupt: "not a 64-bit little-endian ELF file, or a broken one"
      case .identityDiffers, .tooMany: "it cannot be opened"
      }
    return .runtime("cannot read \(VisibleText.of(path)): \(words)")
  }

  /// The reason why a module has fewer names than it could have.
  static func limit(_ limit: NamingLimit) -> String {
    switch limit {
    case .packedByZstd: "its debug information is compressed with zstd, which is not supported"
    case .unknownDebugFormat: "a part of its debug information has a format that is not supported"
    case .tooLarge: "its debug information is larger than the limit: symbols only"
    case .supplementMissing:
      "its supplementary debug file (made by dwz) is missing: symbols only"
    case .splitMissing: "its .dwo or .dwp files are missing: no inlined frames"
    case .workerCrash: "the process that read its files crashed: no names"
    case .workerTimeout: "reading its debug information took too long: symbols only"
    case .workerMemory: "reading its debug information took too much memory: symbols only"
    case .workerUnconfined:
      "the process that reads its files could not give up its rights: no names"
    case .namingTime: "the time for names was over: no names"
    case .noSymbols: "stripped of its symbols"
    case .codeUntold: "code made at run time, without a perf map or jitdump"
    case .kernelHidden: "the kernel hides the addresses of its functions"
    case .fileExited: "its process ended before the file could be opened"
    case .fileDeleted: "its file was deleted"
    case .fileDenied: "permission to open its file was denied"
    case .fileRefused: "not a regular file"
    case .fileTooBig: "larger than any object file that is read"
    case .fileRemote: fileIsRemote
    case .fileCorrupt: "not a 64-bit ELF file, or a broken one"
    case .fileReplaced: "its file was replaced by another one"
    case .filesTooMany: "too many open files, or more than the share of one process or user"
    }
  }

  private static let fileIsRemote =
    "its file system did not answer, or is FUSE and the memory for copies of such files is used up"
  /// The reason for frames without a module.
  static let unmappedAddresses = "addresses in no known mapping"
  /// The reason for frames that have a module with symbols, but no function.
  static let noSymbolThere = "no symbol covers the code"

  /// The message about fetching debug files; nil if all servers answered in time.
  static func fetching(_ outcome: DebugFileServer.Outcome) -> String? {
    switch outcome {
    case .done: nil
    case .abandoned(let found):
      "the servers took too long: \(found) debug files fetched, the rest left out; the next run "
        + "continues"
    case .noLibrary: "--debuginfod needs libdebuginfod: apt install libdebuginfod1"
    }
  }

  /// The text of a note about a run.
  ///
  /// - Parameter missing: the capabilities that symbolization needs and this process lacked.
  static func note(_ note: SamplingNote, missing: [Capability]) -> String {
    switch note {
    case .filesDenied(let count):
      "program files that could not be opened, so that their code has no names: \(count)"
        + remedy(missing.filter { [.sysPtrace, .dacReadSearch].contains($0) })
    case .deletedFilesOutOfReach(let count):
      "deleted or replaced program files that could not be opened: \(count)"
        + remedy(missing.filter { $0 == .checkpointRestore })
    case .processesDenied(let count):
      "processes whose mappings could not be read, so that their stacks are truncated: \(count)"
        + remedy(missing.filter { $0 == .sysPtrace })
    case .sideBandRecordsLost(let count):
      "\(grouped(count)) records of mappings and forks were lost; some code may be unnamed"
    case .mappingsLeftOut(let count):
      "\(grouped(count)) mappings were left out: a process mapped code faster than one process's "
        + "share of flameback's time; some of its own code may be unnamed"
    case .forksMissed(let count):
      "\(grouped(count)) child processes could not be followed: more than 16,384 at once"
    case .mappingsNotPublished(let count):
      "\(grouped(UInt64(count))) mappings or processes did not fit into the BPF maps, or exceeded the share "
        + "of one process or user; stacks may end in their code"
    case .threadNamesKept(let count, let limit):
      "\(grouped(count)) samples have an earlier name of their thread: each has \(limit) names at most"
    case .filesLeftOut(let count):
      "\(grouped(UInt64(count))) files exceeded one process's or user's share of open files; their code has "
        + "no names"
    case .processesForgotten(let count):
      "\(grouped(UInt64(count))) ended processes did not fit into the table; their code may be "
        + "unnamed"
    case .stackIDCollisions(let count):
      "\(grouped(count)) stacks had the id of another stack; none was merged"
    case .cpusChanged(let count):
      "CPUs went offline or came online (\(count)×); each was sampled while it was online"
    case .cpusRefused(let count):
      "\(count) CPUs came online and could not be sampled: the kernel refused their events"
    case .cpuRecordsRefused(let count):
      "what processes map on \(count) CPUs is not known: the kernel refused the records"
    case .sampleRateLowered(let before, let after):
      "the kernel lowered kernel.perf_event_max_sample_rate from \(before) to \(after)"
    }
  }

  /// The note of a run in which no kernel function has a name, with the reason.
  static func hiddenKernel(missing: [Capability]) -> String {
    let restriction = KernelSettings.kptrRestrict.map { "kernel.kptr_restrict is \($0)" }
    return "the kernel's functions have no names"
      + (missing.contains(.syslog)
        ? remedy([.syslog])
        : ": \(restriction ?? "/proc/kallsyms cannot be read"); it must be below 2")
  }

  private static func remedy(_ missing: [Capability]) -> String {
    missing.isEmpty
      ? "" : "; for lack of \(list(missing)): run flameback with sudo, or \(grant())"
  }

  /// A failed system call and its error: `open /x: Permission denied`.
  private static func attempt(_ error: SystemError) -> String {
    let thing = error.thing.map { " " + VisibleText.of($0) } ?? ""
    return "\(error.operation)\(thing): \(reason(error.code))"
  }

  /// What breaks a law of conservation: `3 samples are unaccounted for`; of laws other than that of
  /// the samples with their key.
  static func unaccounted(_ law: ConservationLaw) -> String {
    let owner = law.key == "samples" ? "" : " of \(VisibleText.of(law.key))"
    return "\(law.residual) \(law.quantity.rawValue)\(owner) are unaccounted for"
  }

  /// The C library's text for an errno.
  static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }

  /// A number with thousands separated: `12,345`.
  static func grouped(_ number: UInt64) -> String {
    var writer = ByteWriter()
    writer.append(grouped: number)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// A number and a noun, with the plural's s: `1 sample`, `2,111 samples`.
  static func count(_ number: UInt64, _ thing: String) -> String {
    "\(grouped(number)) \(thing)\(number == 1 ? "" : "s")"
  }

  /// A number with `places` digits after the decimal point.
  static func fixed(_ value: Double, places: Int) -> String {
    ByteWriter.text(value, places: places)
  }

  /// A size in units of 1000: `48 KB`, `1.2 MB`, `3.4 GB`.
  static func size(_ bytes: UInt64) -> String {
    switch bytes {
    case ..<1_000_000: "\((bytes + 999) / 1000) KB"
    case ..<1_000_000_000: "\(fixed(Double(bytes) / 1e6, places: 1)) MB"
    default: "\(fixed(Double(bytes) / 1e9, places: 1)) GB"
    }
  }
}
