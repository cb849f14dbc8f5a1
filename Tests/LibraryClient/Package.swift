// swift-tools-version:6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The examples of docs/library.md, as a package of another project would have them.
let package = Package(
  name: "library-client",
  dependencies: [.package(name: "flameback", path: "../..")],
  targets: [
    .executableTarget(
      name: "draw", dependencies: [.product(name: "Flameback", package: "flameback")]),
    .executableTarget(
      name: "ask", dependencies: [.product(name: "FlamebackRecorder", package: "flameback")]),
  ],
  swiftLanguageModes: [.v6]
)
