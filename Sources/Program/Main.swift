// SPDX-License-Identifier: Apache-2.0

import FlamebackCommand

/// The shipped program. It has no switches for tests.
@main
enum Main {
  static func main() { Program.run() }
}
