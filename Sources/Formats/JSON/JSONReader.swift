// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Reads JSON of the forms that are known, told apart by their keys: flameback's own, speedscope's.
public enum JSONReader {
  public static func read(
    _ bytes: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) -> InputFacts {
    let json = try JSONValue(bytes)
    if ProfileJSONReader.isOne(json) {
      let profile = try ProfileJSONReader.read(json)
      profile.send(to: &sink)
      return InputFacts(
        session: profile.session, account: profile.account)
    }
    guard SpeedscopeReader.isOne(json) else { throw .otherJSON }
    return try SpeedscopeReader.read(json, into: &sink)
  }
}
