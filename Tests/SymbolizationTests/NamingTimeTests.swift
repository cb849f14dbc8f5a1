// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Symbolization

/// The time for names begins once, and can be ended at any moment.
@Suite struct NamingTimeTests {
  @Test func itBeginsWhenNamesAreSought() {
    let time = NamingTime(nanoseconds: 1)
    #expect(!time.isOver && time.rest == .max)
    time.begin()
    while !time.isOver {}
    #expect(time.rest == 0)
  }

  @Test func aSecondBeginningGivesNoMoreTime() {
    let time = NamingTime(nanoseconds: 3_600_000_000_000)
    time.begin()
    let rest = time.rest
    time.begin()
    #expect(time.rest <= rest && !time.isOver)
  }

  @Test func itCanBeStoppedBeforeItBegins() {
    let time = NamingTime(nanoseconds: .max)
    time.stop()
    time.begin()
    #expect(time.isOver)
  }

  @Test func anEndlessTimeDoesNotOverflow() {
    let time = NamingTime(nanoseconds: .max)
    time.begin()
    #expect(!time.isOver)
    time.stop()
    #expect(time.isOver)
  }
}
