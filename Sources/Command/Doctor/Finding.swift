// SPDX-License-Identifier: Apache-2.0

/// What one check of the doctor came to.
struct Finding {
  enum State: String {
    case good
    /// Profiles can be taken, with less in them.
    case degraded
    /// Nothing can be sampled, for lack of a privilege.
    case privilege
    /// Nothing can be sampled with this kernel.
    case kernel

    var mark: String {
      switch self {
      case .good: "ok  "
      case .degraded: "less"
      case .privilege, .kernel: "no  "
      }
    }
  }

  var name: String
  var state: State
  var words: String
  /// The command that mends it.
  var remedy: String?

  init(_ name: String, _ state: State, _ words: String, remedy: String? = nil) {
    self.name = name
    self.state = state
    self.words = words
    self.remedy = state == .good ? nil : remedy
  }

  /// No privilege helps where the kernel cannot.
  static func exitCode(of findings: [Self]) -> CInt {
    if findings.contains(where: { $0.state == .kernel }) { return Failure.kernelCode }
    if findings.contains(where: { $0.state == .privilege }) { return Failure.privilegeCode }
    return 0
  }
}
