// SPDX-License-Identifier: Apache-2.0

// In the place of what the plugins EmbedViewer and CompileBPF make, so that a fuzzer needs no plugin.

let embeddedLoader: StaticString = "loader"
let embeddedLoaderHash: StaticString = "sha256-loader"
let embeddedScript: StaticString = "script"
let embeddedScriptHash: StaticString = "sha256-script"
let embeddedStyle: StaticString = "style"
let embeddedStyleHash: StaticString = "sha256-style"
let encodedObject: StaticString = ""
let clang = ""
