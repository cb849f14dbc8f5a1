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

  /// What each further law leaves unaccounted for, in its unit, beyond its tolerance; by its key.
  var brokenLaws: [String: Int] {
    get throws {
      var broken: [String: Int] = [:]
      for law in json["laws"] as? [[String: Any]] ?? [] {
        let parts = try #require(law["parts"] as? [[String: Any]])
        let residual = try parts.reduce(#require(law["total"] as? Int)) {
          $0 - (try #require($1["amount"] as? Int))
        }
        if try abs(residual) > #require(law["tolerance"] as? Int) {
          broken[try #require(law["key"] as? String)] = residual
        }
      }
      return broken
    }
  }

  /// The parts of a further law, by their names; empty if there is no such law.
  func law(_ key: String) throws -> [String: Int] {
    let laws = json["laws"] as? [[String: Any]] ?? []
    let parts = laws.first { $0["key"] as? String == key }?["parts"] as? [[String: Any]] ?? []
    return try parts.reduce(into: [:]) { amounts, part in
      amounts[try #require(part["name"] as? String)] = try #require(part["amount"] as? Int)
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
