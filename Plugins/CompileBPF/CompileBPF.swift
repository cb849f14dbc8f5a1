// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// Compiles `bpf/*.bpf.c` and writes the object into a Swift file as base64 text, so that plain
/// `swift build` yields one self-contained binary.
///
/// Base64 in a `StaticString`, because the compiler takes minutes for an array literal of that size.
@main
struct CompileBPF: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    guard let target = target as? SourceModuleTarget else { return [] }
    // Swift's own clang comes first in PATH on many machines, and it has no BPF back end.
    let clang = ProcessInfo.processInfo.environment["FLAMEBACK_BPF_CLANG"] ?? "/usr/bin/clang"
    guard FileManager.default.isExecutableFile(atPath: clang) else {
      Diagnostics.error(
        "\(clang) is missing: run `make deps`, or name a clang that has the bpf target in FLAMEBACK_BPF_CLANG"
      )
      return []
    }
    let folder = target.directoryURL
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    let inputs = files.filter { ["c", "h"].contains($0.pathExtension) }
      .sorted { $0.path < $1.path }
    let object = context.pluginWorkDirectoryURL.appending(path: "profile.bpf.o")
    let swift = context.pluginWorkDirectoryURL.appending(path: "EncodedObject.swift")
    // clang 14 finds <asm/types.h> only with Debian's multiarch folder named. BPF_PROG() declares a
    // parameter that few programs use.
    let script = """
      "$1" -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Wno-unused-parameter -Werror \
        -I"/usr/include/$(uname -m)-linux-gnu" \
        -c "$2" -o "$3"
      printf '/// Made by the CompileBPF plugin.\\nlet encodedObject: StaticString = "%s"\\nlet clang = "%s"\\n' \
        "$(base64 -w0 "$3")" "$("$1" --version | head -n1)" > "$4"
      """
    return [
      .buildCommand(
        displayName: "BPF profile.bpf.c", executable: URL(filePath: "/bin/sh"),
        arguments: [
          "-ec", script, "bpf", clang, folder.appending(path: "profile.bpf.c").path, object.path,
          swift.path,
        ],
        inputFiles: inputs, outputFiles: [swift])
    ]
  }
}
