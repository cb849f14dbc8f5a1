// SPDX-License-Identifier: Apache-2.0
//
// True profile:
//   SwiftBurn.main() -> Orchard.harvest(until:)            50 %
//   SwiftBurn.main() -> Basket.sort(until:), specialized   30 %
//   SwiftBurn.main() -> press(until:)                      20 %
// of the CPU time, at all times. Prints the shares as its own CPU clock saw them.
//
// Usage: swiftburn [CPU-SECONDS]

import Glibc

/// CPU time of the calling thread, in nanoseconds.
func cpuTime() -> UInt64 {
  var now = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
  return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// Pure computation, about 100 µs of it: long against the system call that reads the clock.
@inline(never)
func spin(_ seed: UInt64) -> UInt64 {
  var x = seed | 1
  for _ in 0..<100_000 { x = x &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
  return x
}

enum Orchard {
  @inline(never)
  static func harvest(until deadline: UInt64) -> UInt64 {
    var sum: UInt64 = 1
    while cpuTime() < deadline { sum = spin(sum) }
    return sum
  }
}

struct Basket<Fruit: FixedWidthInteger> {
  var fruit: Fruit

  @inline(never)
  func sort(until deadline: UInt64) -> UInt64 {
    var sum = UInt64(truncatingIfNeeded: fruit)
    while cpuTime() < deadline { sum = spin(sum) }
    return sum
  }
}

@inline(never)
func press(until deadline: UInt64) -> UInt64 {
  var sum: UInt64 = 2
  while cpuTime() < deadline { sum = spin(sum) }
  return sum
}

@main
struct SwiftBurn {
  static func main() {
    let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 3 : 3
    let basket = Basket(fruit: Int32(CommandLine.arguments.count))
    let work: [(name: String, nanoseconds: UInt64, run: (UInt64) -> UInt64)] = [
      ("harvest", 1_000_000, { Orchard.harvest(until: $0) }),
      ("sort", 600_000, { basket.sort(until: $0) }),
      ("press", 400_000, { press(until: $0) }),
    ]
    var spent: [UInt64] = [0, 0, 0]
    var sum: UInt64 = 0
    let start = cpuTime()
    let end = start + UInt64(seconds * 1e9)
    var now = start
    var deadline = start  // As planned: a slice that took too long takes from the next.
    while now < end {
      for index in work.indices {
        deadline += work[index].nanoseconds
        sum &+= work[index].run(deadline)
        let then = now
        now = cpuTime()
        spent[index] += now - then
      }
    }
    for index in work.indices {
      print(work[index].name, Double(spent[index]) / Double(now - start))
    }
    if sum == 0 { print("") }  // The sum is used, so that it has to be computed.
  }
}
