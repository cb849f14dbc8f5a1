// SPDX-License-Identifier: Apache-2.0

/// A date and time of day in UTC, in the Gregorian calendar, independent of the machine's locale.
package struct UTCTime: Hashable, Sendable {
  /// The year, such as 2026.
  package let year: Int
  /// The month, 1 to 12.
  package let month: Int
  /// The day of the month, 1 to 31.
  package let day: Int
  /// The hour, 0 to 23.
  package let hour: Int
  /// The minute, 0 to 59.
  package let minute: Int
  /// The second, 0 to 59.
  package let second: Int

  /// Converts a time to a date and time of day.
  ///
  /// - Parameter nanoseconds: Nanoseconds since 1970-01-01 00:00 UTC, negative before that.
  ///   Fractions of a second are dropped.
  package init(nanosecondsSince1970 nanoseconds: Int64) {
    let (days, time) = Int(nanoseconds).dividedDown(by: 1_000_000_000 * 86_400)
    let secondOfDay = time / 1_000_000_000
    hour = secondOfDay / 3600
    minute = secondOfDay / 60 % 60
    second = secondOfDay % 60

    // Years are counted from 1 March, so that the leap day is the last of its year, and in eras of
    // 400 years, which all have the same number of days.
    let (era, dayOfEra) = (days + 719_468).dividedDown(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

extension UTCTime: CustomStringConvertible {
  /// The date and time in the form `2026-11-02 14:03:12`.
  package var description: String {
    "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2)) \(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))"
  }

  private func pad(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension Int {
  /// Quotient rounded towards minus infinity, and the remainder that goes with it, never negative.
  fileprivate func dividedDown(by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
