// swift-tools-version:6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Warnings are errors in continuous integration, where they would not be seen.
let strict: [SwiftSetting] =
  Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// Addresses of library functions are looked up at the start, and their table is read-only from then on.
let hardened: [LinkerSetting] = [
  .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"])
]

let package = Package(
  name: "flameback",
  products: [
    .executable(name: "flameback", targets: ["FlamebackProgram"]),
    .library(name: "Flameback", targets: ["Flameback"]),
    .library(name: "FlamebackRecorder", targets: ["FlamebackRecorder"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // The values that all modules share: profiles, metrics, recordings.
    .target(name: "ProfileModel", dependencies: ["Bytes"], swiftSettings: strict),

    // Work on bytes that several modules need; imports nothing.
    .target(name: "Bytes", swiftSettings: strict),

    // System calls, descriptors, clocks, /proc: the lowest module that does I/O.
    // Descriptors, files and their replacement: what the library needs of the system.
    .target(name: "Files", dependencies: ["Bytes"], swiftSettings: strict),
    .target(name: "System", dependencies: ["Bytes", "Files"], swiftSettings: strict),

    // Untrusted files: opened safely, read within bounds.
    .target(
      name: "ObjectFiles", dependencies: ["Bytes", "ProfileModel", "System", "CShims"],
      swiftSettings: strict),

    // Call frame information, made into unwind tables for the BPF program.
    .target(
      name: "Unwinding", dependencies: ["Bytes", "ObjectFiles", "CShims"],
      swiftSettings: strict),

    // The BPF program: clang compiles it, the object is part of the binary. Headers need no line here.
    .target(
      name: "BPFProgram", dependencies: ["Bytes"], path: "bpf",
      exclude: ["LICENSE"],
      sources: ["EmbeddedObject.swift"], swiftSettings: strict, plugins: ["CompileBPF"]),
    .plugin(name: "CompileBPF", capability: .buildTool()),

    // One direction: sampled, named, written, drawn.
    .target(
      name: "Sampling",
      dependencies: [
        "Bytes", "ProfileModel", "System", "ObjectFiles", "Unwinding", "BPFProgram", "CLibbpf",
        "CShims",
      ],
      swiftSettings: strict, linkerSettings: [.linkedLibrary("bpf")]),
    .target(
      name: "Symbolization",
      dependencies: [
        "Bytes", "ProfileModel", "System", "ObjectFiles", "CShims", "CZlib", "CLzma", "CElfutils",
      ],
      swiftSettings: strict,
      linkerSettings: [.linkedLibrary("lzma"), .linkedLibrary("dw"), .linkedLibrary("elf")]),
    .target(name: "Compression", dependencies: ["CZlib"], swiftSettings: strict),
    .target(
      name: "Formats", dependencies: ["Bytes", "ProfileModel", "Compression"],
      swiftSettings: strict),

    // The pictures; what moves in them is a script, carried inside the binary.
    .target(
      name: "FlameGraphs", dependencies: ["Bytes", "ProfileModel", "Compression"],
      exclude: ["Viewer"], swiftSettings: strict, plugins: ["EmbedViewer"]),
    .plugin(name: "EmbedViewer", capability: .buildTool()),

    // What other programs import: the types of these two alone are public (and those of
    // Bytes, whose functions are inlined).
    .target(
      name: "Flameback",
      dependencies: ["Compression", "Files", "FlameGraphs", "Formats", "ProfileModel"],
      exclude: ["Flameback.docc"], swiftSettings: strict),
    .target(
      name: "FlamebackRecorder", dependencies: ["Flameback", "System"],
      exclude: ["FlamebackRecorder.docc"], swiftSettings: strict),

    // What the user can do so that a profile has more names and whole stacks.
    .target(
      name: "Advice",
      dependencies: [
        "Bytes", "Compression", "ObjectFiles", "ProfileModel", "System", "CLz4", "CLzma",
      ],
      swiftSettings: strict, linkerSettings: [.linkedLibrary("lz4"), .linkedLibrary("lzma")]),

    // The command line: options, words for people, files.
    .target(
      name: "FlamebackCommand",
      dependencies: [
        "Advice", "ProfileModel", "System", "ObjectFiles", "Sampling", "Symbolization",
        "Compression", "Formats", "FlameGraphs", "Flameback", "BPFProgram", "CShims",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Command", swiftSettings: strict),

    // The shipped program: the command, and nothing else. The target's name differs from the binary's,
    // since `Flameback` and `flameback` are one name on some file systems.
    .executableTarget(
      name: "FlamebackProgram", dependencies: ["FlamebackCommand"], path: "Sources/Program",
      swiftSettings: strict, linkerSettings: hardened),
    // The same command with switches for tests and benchmarks.
    .executableTarget(
      name: "flameback-testing", dependencies: ["FlamebackCommand", "Symbolization"],
      path: "Tests/TestingProgram", swiftSettings: strict, linkerSettings: hardened),

    // C: what Debian ships, and the few lines that Swift cannot say. pkg-config is asked for zlib
    // alone: SwiftPM would warn clients of `Flameback` that the others are not installed, which they do
    // not need. Targets that use the others name them to the linker.
    .systemLibrary(name: "CLibbpf"),
    .systemLibrary(name: "CElfutils"),
    .systemLibrary(name: "CLz4"),
    .systemLibrary(name: "CLzma"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // libiberty demangles C++.
    .target(name: "CShims", linkerSettings: [.linkedLibrary("iberty")]),

    .target(
      name: "TestSupport", dependencies: ["ProfileModel"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "ProfileModelTests", dependencies: ["ProfileModel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FlamebackTests",
      dependencies: [
        "Compression", "Flameback", "FlamebackRecorder", "FlameGraphs", "Formats", "ProfileModel",
        "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AdviceTests",
      dependencies: [
        "Advice", "Compression", "ObjectFiles", "ProfileModel", "TestSupport", "CLz4", "CLzma",
      ],
      swiftSettings: strict),
    .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: strict),
    .testTarget(
      name: "SystemTests", dependencies: ["System", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ObjectFilesTests", dependencies: ["ObjectFiles", "TestSupport", "CShims"],
      swiftSettings: strict),
    // Tables of .eh_frame against libdw's reading of it.
    .target(
      name: "LibdwOracle",
      dependencies: ["Unwinding", "ObjectFiles", "System", "CElfutils", "CShims"],
      path: "Tests/LibdwOracle", swiftSettings: strict,
      linkerSettings: [.linkedLibrary("dw"), .linkedLibrary("elf")]),
    .executableTarget(
      name: "unwind-bench", dependencies: ["Unwinding", "LibdwOracle"], path: "Tests/UnwindBench",
      swiftSettings: strict),
    .testTarget(
      name: "UnwindingTests",
      dependencies: ["Unwinding", "LibdwOracle", "ObjectFiles", "CShims", "TestSupport"],
      swiftSettings: strict),
    // Demangled names and symbol tables, for Benchmarks/symbols.py.
    .executableTarget(
      name: "symbols-bench", dependencies: ["Symbolization", "ObjectFiles"],
      path: "Tests/SymbolsBench", swiftSettings: strict),
    .testTarget(
      name: "SamplingTests",
      dependencies: ["Sampling", "BPFProgram", "CLibbpf", "CShims", "System", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SymbolizationTests", dependencies: ["Symbolization", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CompressionTests", dependencies: ["Compression", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FormatsTests", dependencies: ["Formats", "TestSupport"], exclude: ["Golden"],
      swiftSettings: strict),
    .testTarget(
      name: "FlameGraphsTests", dependencies: ["FlameGraphs", "TestSupport"],
      exclude: ["Browser", "Golden"], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["ProfileModel", "FlameGraphs", "FlamebackRecorder", "TestSupport"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
