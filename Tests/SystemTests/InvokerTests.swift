// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Files

@Suite struct InvokerTests {
  private static let set = ["SUDO_UID": "1000", "SUDO_GID": "100"]

  private func user(
    real: uid_t, effective: uid_t, _ variables: [String: String] = set
  ) -> Invoker.Owner? {
    Invoker.ofSudo(real: real, effective: effective) { variables[$0] }
  }

  @Test func sudosVariablesAreThoseOfRoot() {
    #expect(user(real: 0, effective: 0) == Invoker.Owner(user: 1000, group: 100))
    // Rights of the program's file: capabilities, and the id of root.
    #expect(user(real: 1001, effective: 1001) == nil)
    #expect(user(real: 1001, effective: 0) == nil)
    #expect(user(real: 0, effective: 1001) == nil)
  }

  @Test(arguments: ["", "-1", "x", "4294967296"])
  func valuesThatAreNoIDs(value: String) {
    #expect(user(real: 0, effective: 0, ["SUDO_UID": value, "SUDO_GID": "100"]) == nil)
    #expect(user(real: 0, effective: 0, ["SUDO_UID": "1000", "SUDO_GID": value]) == nil)
  }

  @Test func bothAreNeeded() {
    #expect(user(real: 0, effective: 0, ["SUDO_UID": "1000"]) == nil)
    #expect(user(real: 0, effective: 0, ["SUDO_GID": "100"]) == nil)
  }
}
