// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The messages about inputs that cannot be read.
extension Words {
  /// The failure of reading `path`.
  static func unreadable(_ path: String, _ reason: String) -> Failure {
    .runtime("cannot read \(VisibleText.of(path)): \(reason)")
  }

  static func unreadable(_ path: String, _ error: ReadingError) -> Failure {
    let reason =
      switch error {
      case .broken(let position): "it is truncated or corrupt at byte \(grouped(UInt64(position)))"
      case .danglingReference: "it is corrupt: an id in it refers to nothing"
      case .missingValues: "it is corrupt: a sample has fewer values than there are metrics"
      case .version(let version, let readable):
        "its format has version \(version); this flameback reads \(readable)"
      case .otherJSON: "its JSON is neither speedscope's nor flameback's"
      case .otherMarkup: "its markup is not flameback's: there is no data in it"
      case .brokenPayload: "its data are truncated or corrupt"
      case .brokenCompression: "its compression is broken or cut"
      case .tooLarge: "it inflates to more than 2 GiB"
      case .compressedTooOften: "it is gzipped more than twice"
      case .excessive: "its stacks or names are larger than those of a profile of its size"
      case .tooManyMetrics(let limit): "it has more than \(limit) metrics"
      case .perfData:
        "perf's binary file is not read: run perf script first, and give its output"
      case .empty: "it is empty"
      case .unrecognized: "it is none of the formats that flameback help report lists"
      }
    return unreadable(path, reason)
  }
}
