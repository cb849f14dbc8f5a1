// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import Formats
import ProfileModel

/// Why an input cannot be read, in words.
extension Words {
  static func unreadable(_ path: String, _ reason: String) -> Failure {
    .runtime("cannot read \(VisibleText.of(path)): \(reason)")
  }

  static func unreadable(_ path: String, _ error: ReadingError) -> Failure {
    let reason =
      switch error {
      case .broken(let position): "it is cut or broken at byte \(grouped(UInt64(position)))"
      case .danglingReference: "it is broken: a number in it points to nothing"
      case .version(let version): "its form is of version \(version); this flameback reads 1"
      case .otherJSON: "its JSON is neither speedscope's nor flameback's"
      }
    return unreadable(path, reason)
  }

  static func unreadable(_ path: String, _ error: PayloadError) -> Failure {
    let reason =
      switch error {
      case .notCompressed, .broken: "its data are cut or broken"
      case .version(let version): "its data are of version \(version); this flameback reads 1"
      }
    return unreadable(path, reason)
  }
}
