// SPDX-License-Identifier: Apache-2.0

/// What a test waited for did not come about.
struct DeadlineMissed: Error {
  var event: String
}

/// Waits until `value` gives something, and returns it. The limit is generous: it is there to end a
/// test that hangs, not to measure.
@discardableResult
func eventually<Value>(
  _ event: String, within limit: Duration = .seconds(30), _ value: () throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + limit
  while true {
    if let value = try value() { return value }
    if ContinuousClock.now > deadline { throw DeadlineMissed(event: event) }
    try await Task.sleep(for: .milliseconds(2))
  }
}

/// Waits until `condition` holds.
func eventually(
  _ event: String, within limit: Duration = .seconds(30), _ condition: () throws -> Bool
) async throws {
  try await eventually(event, within: limit) { try condition() ? () : nil }
}
