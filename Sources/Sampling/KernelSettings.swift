// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// The running kernel's version and settings that decide what can be profiled. They are only read,
/// never changed.
package enum KernelSettings {
  /// The release of the running kernel, such as `6.1.0-28-amd64`; empty if it cannot be read.
  package static var release: String { names.release }
  /// The architecture of the machine, such as `x86_64`; empty if it cannot be read.
  package static var machine: String { names.machine }

  /// Whether the running kernel is Linux 6.1 or newer; false if its release cannot be read.
  package static var isRecent: Bool { version(of: release).map { $0 >= (6, 1) } ?? false }

  /// Returns whether a kernel release is Linux 6.16 or 6.17. These kernels hang for good if a clock
  /// event is disabled inside its own timer, by a limit of events or by a signal (async-profiler
  /// issues 1578 and 1599). flameback does neither.
  ///
  /// - Parameter release: The release as uname(2) has it, such as `6.16.3-amd64`.
  package static func mayHang(release: String) -> Bool {
    version(of: release).map { $0 == (6, 16) || $0 == (6, 17) } ?? false
  }

  private static func version(of release: String) -> (Int, Int)? {
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
  }

  /// Whether this process can read the kernel's type information (BTF), which BPF programs need.
  package static var hasTypeInformation: Bool { access("/sys/kernel/btf/vmlinux", R_OK) == 0 }

  /// The sysctl `net.core.bpf_jit_enable`: at 0 BPF programs are interpreted, which is slow; from 1
  /// on they are compiled. Nil if it cannot be read.
  package static var bpfJIT: Int? { ProcFile.number("/proc/sys/net/core/bpf_jit_enable") }

  /// The sysctl `kernel.perf_event_paranoid`: from 2 on, sampling other processes and the kernel
  /// needs CAP_PERFMON. Nil if it cannot be read.
  package static var perfEventParanoid: Int? {
    ProcFile.number("/proc/sys/kernel/perf_event_paranoid")
  }

  /// The lockdown mode (kernel_lockdown(7)): `none`, `integrity` or `confidentiality`; `none` if it
  /// cannot be read.
  package static var lockdown: String {
    let text = ProcFile.read("/sys/kernel/security/lockdown", limit: 256) ?? []
    let chosen = text.drop { $0 != UInt8(ascii: "[") }.dropFirst()
      .prefix { $0 != UInt8(ascii: "]") }
    return chosen.isEmpty ? "none" : String(decoding: chosen, as: UTF8.self)
  }

  /// Whether the kernel filters the system calls of this process (seccomp(2)), as in a container.
  package static var hasSeccompFilter: Bool {
    ProcFile.field("Seccomp", of: "/proc/self/status") == "2"
  }

  /// Whether the kernel offers the CPU's hardware counters, which events such as `cycles` need. On
  /// a CPU with several types of cores it is about the cores of the first type.
  package static var hasHardwareCounters: Bool {
    ["cpu", "cpu_core"].contains { access("/sys/bus/event_source/devices/\($0)", F_OK) == 0 }
  }

  /// Whether the kernel has uprobes (probes at functions of programs), which `uprobe:FILE:SYMBOL`
  /// events need.
  package static var hasUprobes: Bool {
    access("/sys/bus/event_source/devices/uprobe/type", R_OK) == 0
  }

  /// Whether `/proc/kallsyms` shows this process the addresses of the kernel's functions, which
  /// their names are found by. To processes that may not see them the kernel shows zeros.
  package static var showsKernelAddresses: Bool {
    let head = ProcFile.read("/proc/kallsyms", limit: 1 << 14) ?? []
    return head.split(separator: UInt8(ascii: "\n")).contains { line in
      line.prefix { $0 != UInt8(ascii: " ") }.contains { $0 != UInt8(ascii: "0") }
    }
  }

  private static var names: (release: String, machine: String) {
    var names = utsname()
    guard uname(&names) == 0 else { return ("", "") }
    func text<Tuple>(_ tuple: Tuple) -> String {
      // Safe: a copy of the tuple's bytes, up to the NUL.
      withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return (text(names.release), text(names.machine))
  }

  /// The sysctl `kernel.kptr_restrict`: at 2 the kernel's addresses, and so its names, are hidden
  /// from all processes. Nil if it cannot be read.
  package static var kptrRestrict: Int? { ProcFile.number("/proc/sys/kernel/kptr_restrict") }
}
