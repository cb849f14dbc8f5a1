// SPDX-License-Identifier: Apache-2.0

/// An event that a test waited for, and that did not occur.
package struct DeadlineMissed: Error {
  /// What was waited for, and what is known about it.
  package var event: String

  package init(event: String) { self.event = event }
}

/// Polls `value` until it is not nil, and returns it. The limit ends a test that hangs; it is no
/// measure, since the machine may be busy.
@discardableResult
package func eventually<Value>(
  _ event: String, within limit: Duration = .seconds(120), _ value: () throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + limit
  while true {
    if let value = try value() { return value }
    if ContinuousClock.now > deadline { throw DeadlineMissed(event: event) }
    try await Task.sleep(for: .milliseconds(2))
  }
}

/// Waits until `condition` holds.
package func eventually(
  _ event: String, within limit: Duration = .seconds(120), _ condition: () throws -> Bool
) async throws {
  try await eventually(event, within: limit) { try condition() ? () : nil }
}
