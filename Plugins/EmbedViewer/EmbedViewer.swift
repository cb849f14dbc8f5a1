// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// A build plugin that bundles and minifies the files of `Viewer/` with esbuild into the loader, one
/// script and one style sheet. It writes them, with their SHA-256 for the page's content security
/// policy, into a Swift file.
///
/// `main.js` and `viewer.css` are the entry points, which import the other files; `loader.js` stands
/// alone.
@main
struct EmbedViewer: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    guard let target = target as? SourceModuleTarget else { return [] }
    let folder = target.directoryURL.appending(path: "Viewer")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).filter { ["js", "css"].contains($0.pathExtension) }.sorted { $0.path < $1.path }
    let swift = context.pluginWorkDirectoryURL.appending(path: "EmbeddedViewer.swift")
    // The printf of coreutils turns \\xNN into bytes, the shell's own may not. A command substitution
    // drops the line end of esbuild, which must not be part of a hashed text.
    let script = ####"""
      viewer=$1 folder=$2 out=$3
      command -v esbuild >/dev/null || { echo 'error: esbuild is missing: run make deps' >&2; exit 1; }
      minify() {
        text=$(esbuild --bundle --minify --log-level=warning "$@")
        printf '%s' "$text"
      }
      hash() { /usr/bin/printf "$(sha256sum "$1" | cut -c1-64 | sed 's/../\\x&/g')" | base64 -w0; }
      text() {
        printf 'let %s: StaticString = ###"""\n' "$1"
        cat "$2"
        printf '\n"""###\nlet %sHash: StaticString = "sha256-%s"\n' "$1" "$(hash "$2")"
      }
      for name in main loader; do
        minify --format=iife --banner:js='"use strict";' "$viewer/$name.js" >"$folder/$name.js"
      done
      minify "$viewer/viewer.css" >"$folder/viewer.css"
      {
        echo '// Made by the EmbedViewer plugin.'
        text embeddedLoader "$folder/loader.js"
        text embeddedScript "$folder/main.js"
        text embeddedStyle "$folder/viewer.css"
      } >"$out"
      """####
    return [
      .buildCommand(
        displayName: "Viewer", executable: URL(filePath: "/bin/sh"),
        arguments: [
          "-ec", script, "viewer", folder.path, context.pluginWorkDirectoryURL.path, swift.path,
        ], inputFiles: files, outputFiles: [swift])
    ]
  }
}
