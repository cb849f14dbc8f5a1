// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// Joins the files of `Viewer/` into the loader, one script and one style sheet, and writes them, with
/// their SHA-256 for the page's content security policy, into a Swift file.
///
/// Comment lines, indentation and the blanks around `=` and its like stay behind: what readers of
/// pictures download needs none.
@main
struct EmbedViewer: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    guard let target = target as? SourceModuleTarget else { return [] }
    let folder = target.directoryURL.appending(path: "Viewer")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
    let loader = folder.appending(path: "loader.js")
    let start = folder.appending(path: "main.js")
    let scripts =
      files.filter { $0.pathExtension == "js" && ![loader.path, start.path].contains($0.path) }
      + [start]
    let styles = files.filter { $0.pathExtension == "css" }
    let swift = context.pluginWorkDirectoryURL.appending(path: "EmbeddedViewer.swift")
    // One function around the scripts keeps their names to themselves; main.js, which starts, is last. coreutils' printf turns \\xNN into bytes.
    let script = ####"""
      folder=$1 out=$2 loader=$3 scripts=$4
      shift 4
      # Paths are parted by line ends, and may hold blanks.
      IFS='
      '
      lean() { sed -e '/^ *\/\/ /d' -e '/^ *\/\/$/d' -e '/^ *\/\*.*\*\/$/d' -e 's/^ *//' -e 's/ \(=>\|=\|===\|!==\|&&\|||\) /\1/g' -e '/^$/d' "$@"; }
      hash() { /usr/bin/printf "$(sha256sum "$1" | cut -c1-64 | sed 's/../\\x&/g')" | base64 -w0; }
      text() {
        printf 'let %s: StaticString = ###"""\n' "$1"
        cat "$2"
        printf '\n"""###\nlet %sHash: StaticString = "sha256-%s"\n' "$1" "$(hash "$2")"
      }
      joined() { printf '%s' "$(cat)"; }
      { echo "'use strict';(() => {"; lean $scripts; echo '})();'; } | joined >"$folder/viewer.js"
      lean "$loader" | joined >"$folder/loader.js"
      lean "$@" | joined >"$folder/viewer.css"
      {
        echo '// Made by the EmbedViewer plugin.'
        text embeddedLoader "$folder/loader.js"
        text embeddedScript "$folder/viewer.js"
        text embeddedStyle "$folder/viewer.css"
      } >"$out"
      """####
    return [
      .buildCommand(
        displayName: "Viewer", executable: URL(filePath: "/bin/sh"),
        arguments: [
          "-ec", script, "viewer", context.pluginWorkDirectoryURL.path, swift.path,
          loader.path, scripts.map(\.path).joined(separator: "\n"),
        ] + styles.map(\.path),
        inputFiles: [loader] + scripts + styles, outputFiles: [swift])
    ]
  }
}
