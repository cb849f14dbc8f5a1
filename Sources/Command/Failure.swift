// SPDX-License-Identifier: Apache-2.0

/// The error of a command: an exit code for scripts, and a message for people.
struct Failure: Error {
  var exitCode: CInt
  /// The message: one line, without the program's name in front. Nil if it was printed before.
  var sentence: String?

  // All exit codes; 0 is success. The table in docs/command-line.md says when each is used.
  static let runtimeCode: CInt = 1
  static let usageCode: CInt = 2
  static let privilegeCode: CInt = 3
  static let kernelCode: CInt = 4
  static let outputCode: CInt = 5
  static let lossCode: CInt = 6
  static let notExecutableCode: CInt = 126
  static let notFoundCode: CInt = 127
  static let abandonedCode: CInt = 130

  /// A failure with exit code 1: something was not found, could not be read, or gave no samples.
  static func runtime(_ sentence: String) -> Self {
    Self(exitCode: runtimeCode, sentence: sentence)
  }
  /// A failure with exit code 2: the command line is wrong.
  static func usage(_ sentence: String) -> Self { Self(exitCode: usageCode, sentence: sentence) }
  /// A failure with exit code 5: an output could not be written.
  static func output(_ sentence: String) -> Self { Self(exitCode: outputCode, sentence: sentence) }
}
