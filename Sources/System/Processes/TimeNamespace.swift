// SPDX-License-Identifier: Apache-2.0

/// The clocks of a process in a time namespace (time_namespaces(7)), which are ahead of those of the
/// machine by a constant, or behind.
package enum TimeNamespace {
  /// Returns by how many nanoseconds CLOCK_MONOTONIC of a process is ahead of the machine's own, by
  /// which the kernel's records go; 0 on kernels without time namespaces. Nil if that is not known:
  /// the process has ended, `/proc` hides its namespaces, or its children are to have other clocks
  /// than it has itself, for the kernel shows only the clocks of the children.
  ///
  /// - Parameter thread: The id of a thread of the process that lives, in the pid namespace that
  ///   `/proc` shows.
  package static func monotonicOffset(ofThread thread: Int32) -> Int64? {
    let folder = "/proc/\(thread)"
    guard linkTarget("/proc/self/ns/time") != nil else { return 0 }
    guard let own = linkTarget("\(folder)/ns/time"),
      own == linkTarget("\(folder)/ns/time_for_children"),
      let text = ProcFile.read("\(folder)/timens_offsets", limit: 4096)
    else { return nil }
    return monotonicOffset(parsing: text)
  }

  /// Parses the text of `/proc/PID/timens_offsets`: lines of a clock's name, seconds, which may be
  /// negative, and nanoseconds. Nil if it has no line of `monotonic`, or values out of range.
  static func monotonicOffset(parsing bytes: [UInt8]) -> Int64? {
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 3, fields[0] == "monotonic" || fields[0] == "1",
        let seconds = Int64(fields[1]), let nanoseconds = Int64(fields[2])
      else { continue }
      let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      return overflows || !(0..<1_000_000_000).contains(nanoseconds) ? nil : whole &+ nanoseconds
    }
    return nil
  }
}
