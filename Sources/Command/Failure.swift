// SPDX-License-Identifier: Apache-2.0

/// The end of a command that did not do what was asked: the words for people, and the exit code
/// that scripts go by.
struct Failure: Error {
  var exitCode: CInt
  /// One line; nil if all has been said.
  var sentence: String?

  // The exit codes, in one place. 0 is success.
  static let runtimeCode: CInt = 1
  static let usageCode: CInt = 2
  static let privilegeCode: CInt = 3
  static let kernelCode: CInt = 4
  static let outputCode: CInt = 5
  static let lossCode: CInt = 6
  static let notExecutableCode: CInt = 126
  static let notFoundCode: CInt = 127
  static let abandonedCode: CInt = 130

  static func runtime(_ sentence: String) -> Self {
    Self(exitCode: runtimeCode, sentence: sentence)
  }
  static func usage(_ sentence: String) -> Self { Self(exitCode: usageCode, sentence: sentence) }
  static func output(_ sentence: String) -> Self { Self(exitCode: outputCode, sentence: sentence) }
}
