// SPDX-License-Identifier: Apache-2.0

/// The result of one check of `flameback doctor`.
struct Finding {
  /// How much the finding limits profiling. Raw values stand in the JSON.
  enum State: String {
    case good
    /// Profiles can be taken, but lack something.
    case degraded
    /// Nothing can be sampled, for lack of a privilege.
    case privilege
    /// Nothing can be sampled with this kernel.
    case kernel

    /// The word at the start of the line, four columns wide.
    var mark: String {
      switch self {
      case .good: "ok  "
      case .degraded: "less"
      case .privilege, .kernel: "no  "
      }
    }
  }

  /// The name of the check, as in the JSON.
  var name: String
  var state: State
  /// What was found: one line.
  var words: String
  /// The command that fixes it; nil if there is none, or if the state is good.
  var remedy: String?

  init(_ name: String, _ state: State, _ words: String, remedy: String? = nil) {
    self.name = name
    self.state = state
    self.words = words
    self.remedy = state == .good ? nil : remedy
  }

  /// The exit code for all findings together. A missing kernel feature comes before a missing
  /// privilege, since no privilege makes up for it.
  static func exitCode(of findings: [Self]) -> CInt {
    if findings.contains(where: { $0.state == .kernel }) { return Failure.kernelCode }
    if findings.contains(where: { $0.state == .privilege }) { return Failure.privilegeCode }
    return 0
  }
}
