// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// A build tool that compiles `bpf/profile.bpf.c` and writes the object into a Swift file as base64
/// text, so that plain `swift build` yields one self-contained binary.
///
/// Base64 in a `StaticString`, because the compiler takes minutes for an array literal of that size.
@main
struct CompileBPF: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    guard let target = target as? SourceModuleTarget else { return [] }
    // A full path: on many machines the first clang in PATH is Swift's own, which has no BPF back end.
    let clang = ProcessInfo.processInfo.environment["FLAMEBACK_BPF_CLANG"] ?? "/usr/bin/clang"
    let folder = target.directoryURL
    // Every header below the folder is an input, so that a change of any of them compiles anew.
    let inputs = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".c") || $0.hasSuffix(".h") }
      .sorted().map { folder.appending(path: $0) }
    let object = context.pluginWorkDirectoryURL.appending(path: "profile.bpf.o")
    let swift = context.pluginWorkDirectoryURL.appending(path: "EncodedObject.swift")
    // -I: clang 14 finds <asm/types.h> only if Debian's multiarch folder is named.
    // -Wno-unused-parameter: BPF_PROG() declares a parameter that few programs use.
    // The script looks for clang: clients of the libraries run this function, too, but never the script.
    let script = """
      [ -x "$1" ] || {
        echo "error: $1 is missing: run make deps, or set FLAMEBACK_BPF_CLANG to a clang with the bpf target" >&2
        exit 1
      }
      "$1" -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Wno-unused-parameter -Werror \
        -I"/usr/include/$(uname -m)-linux-gnu" -I"${2%/*}" \
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
