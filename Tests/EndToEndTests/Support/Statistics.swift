// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The JSON that `--stats` writes.
struct Statistics {
  let json: [String: Any]

  init(_ data: Data) throws {
    json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// The number at a path such as `samples.lost.map_full`.
  func number(_ path: String) throws -> Double {
    try #require((try value(path) as? NSNumber)?.doubleValue, "\(path) is no number")
  }

  func count(_ path: String) throws -> Int {
    let number = try number(path)
    return try #require(Int(exactly: number), "\(path) is no whole number")
  }

  /// An object of reasons and counts.
  func counts(_ path: String) throws -> [String: Int] {
    try #require(try value(path) as? [String: Int], "\(path) is no object of counts")
  }

  /// Sorted keys of the object at a path; those of the whole file for an empty path.
  func keys(_ path: String = "") throws -> [String] {
    let object = try path.isEmpty ? json : #require(try value(path) as? [String: Any])
    return object.keys.sorted()
  }

  /// fired - idle - filtered - recorded - lost: 0 by the law of conservation.
  var residual: Int {
    get throws {
      let lost = try counts("samples.lost").values.reduce(0, +)
      return try count("samples.fired") - count("samples.idle") - count("samples.filtered")
        - count("samples.recorded") - lost
    }
  }

  private func value(_ path: String) throws -> Any {
    var value: Any = json
    for key in path.split(separator: ".") {
      value = try #require((value as? [String: Any])?[String(key)], "\(path) is missing")
    }
    return value
  }
}
