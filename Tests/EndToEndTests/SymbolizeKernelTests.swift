// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `flameback symbolize --kernel`, against `/proc/kallsyms`.
  @Suite(.enabled(if: geteuid() == 0, "the kernel hides its addresses from others"))
  struct SymbolizeKernelTests {
    /// Addresses of the running kernel by a part of their line in `/proc/kallsyms`, as arguments.
    private func addresses(of parts: [String]) throws -> [String] {
      let file = try #require(FileHandle(forReadingAtPath: "/proc/kallsyms"))
      let text = String(decoding: try #require(try file.readToEnd()), as: UTF8.self)
      return try parts.map { part in
        let line = try #require(text.split(separator: "\n").first { $0.contains(part) }, "\(part)")
        // One byte behind the start: an address inside the function.
        let start = try #require(UInt64(line.prefix(16), radix: 16))
        return "0x" + String(start + 1, radix: 16)
      }
    }

    @Test func functionsAndPrograms() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      // Has BPF programs loaded.
      let other = try Flameback(
        ["record", "-p", "\(split.pid)", "-o", folder("x.folded")], in: folder.path)
      try await other.isSampling()
      let asked = try addresses(of: [" T vfs_read", "_name_kernel_address\t[bpf]"])
      let result = try await Flameback.run(["symbolize", "--kernel"] + asked + ["0x1", "x"])
      #expect(result.exit == .code(0) && result.messages == "", "\(result)")
      let blocks = result.output.components(separatedBy: "\n\n")
      #expect(blocks.count == 5)
      #expect(blocks[0] == "vfs_read\n??:0:0")
      #expect(blocks[1].hasPrefix("bpf_prog_"))
      #expect(blocks[1].hasSuffix("_name_kernel_address [bpf]\n??:0:0"))
      #expect(blocks[2] == "??\n??:0:0" && blocks[3] == blocks[2])
      other.child.send(SIGINT)
      #expect(try await other.finish().exit == .code(0))
    }

    private static let nobody = [
      "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
    ]

    /// CAP_SYSLOG suffices, and is given up before the first address is read.
    @Test func theCapabilityIsGivenUp() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      let addresses = folder("addresses")
      try #require(mkfifo(addresses, 0o644) == 0)
      // Opened for both: the reader neither waits nor sees an end. Not for the child: it would see none.
      let writer = FileHandle(
        fileDescriptor: open(addresses, O_RDWR | O_CLOEXEC), closeOnDealloc: true)
      let symbolize = try Flameback(
        ["symbolize", "--kernel"],
        prefix: Self.nobody + [
          "--inh-caps=+syslog", "--ambient-caps=+syslog",
          "sh", "-c", "exec \"$0\" \"$@\" < \(addresses)",
        ],
        binary: binary)
      let question = try #require(try self.addresses(of: [" T vfs_read"]).first)
      try writer.write(contentsOf: Data("\(question)\n".utf8))
      try await eventually("the address is answered") {
        symbolize.output == "vfs_read\n??:0:0\n\n"
      }
      let status = ProcessStatus(symbolize.pid)
      #expect(status.bits("CapEff") == 0 && status.bits("CapPrm") == 0)
      try writer.close()
      #expect(try await symbolize.finish().exit == .code(0))
    }

    private static let hidesAddresses: Bool = {
      func setting(_ name: String) -> Int {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/\(name)", encoding: .utf8)
        return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
      }
      return setting("kptr_restrict") > 0 || setting("perf_event_paranoid") > 1
    }()

    @Test(.enabled(if: hidesAddresses, "this kernel shows its addresses to all users"))
    func withoutThePrivilege() async throws {
      let folder = try TemporaryFolder()
      let binary = try folder.copy(of: Flameback.binary, as: "flameback")
      let result = try await Flameback.run(
        ["symbolize", "--kernel", "0x1"], prefix: Self.nobody, binary: binary)
      #expect(result.exit == .code(3), "\(result)")
      #expect(result.messages.contains("CAP_SYSLOG") && result.output == "", "\(result)")
    }
  }
}
