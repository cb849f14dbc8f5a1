// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The text around the boxes of a flame graph: what was profiled, where, when and how, and what was
/// lost.
package struct PictureText: Hashable, Sendable {
  /// The heading of the picture. Untrusted text.
  package var title: String
  /// The parts of the line below the heading. Untrusted text.
  package var subtitle: [String]
  /// A warning that readers of the picture must not miss, such as the number of lost samples; empty
  /// for none.
  package var warning: String
  /// The metric whose values are the widths of the boxes.
  package var metric: Metric
  /// The name of what the picture counts, such as `samples` or `bytes`: the name that the metric
  /// has, unless an option gives another one. Untrusted text.
  package var countName: String
  /// A note for readers of the file; empty for none. Untrusted text.
  package var notes = ""
  /// A text that the viewer's tooltip shows in front of each function's name; empty for none.
  /// Untrusted text.
  package var nameType = ""

  /// Creates text with the given parts, without a note.
  ///
  /// - Parameters:
  ///   - title: The heading.
  ///   - subtitle: The parts of the line below the heading.
  ///   - warning: A warning, such as of lost samples; empty for none.
  ///   - metric: The metric that the boxes show. It also gives `countName`.
  package init(
    title: String, subtitle: [String] = [], warning: String = "", metric: Metric = .samples
  ) {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
    self.metric = metric
    countName = metric.countName
  }

  /// Creates the text about a recording: what was profiled, host, time and sampling. The total and
  /// the losses are missing; `describe(total:of:)` adds them.
  ///
  /// - Parameters:
  ///   - session: The description of the recording.
  ///   - title: The heading; nil for one made of the name of the metric and of what was profiled.
  ///     If it is not nil, the subtitle names what was profiled.
  package init(_ session: Session, title: String? = nil) {
    let metric = session.metric
    self.init(title: title ?? metric.heading + session.target, metric: metric)
    if title != nil { subtitle.append(session.target) }
    if !session.host.isEmpty { subtitle.append(session.host) }
    if session.startedAt > 0 {
      subtitle.append("\(UTCTime(nanosecondsSince1970: session.startedAt)) UTC")
    }
    if session.duration > 0 {
      subtitle.append("\(ByteWriter.text(Double(session.duration) / 1e9, places: 1)) s")
    }
    if metric.frequencyHz > 0 {
      let rate = "\(metric.frequencyHz) Hz"
      subtitle.append(metric.event.isEmpty ? rate : "\(metric.event) at \(rate)")
    } else if metric.period > 1 {
      subtitle.append("one sample in \(metric.period)")
    }
    if session.cpus > 0 { subtitle.append(session.cpus == 1 ? "1 CPU" : "\(session.cpus) CPUs") }
  }

  /// Creates the text about a profile: what was profiled, host, time, sampling, the total, and the
  /// number of lost samples.
  ///
  /// - Parameters:
  ///   - profile: The profile that the picture shows.
  ///   - title: The heading; nil for one made of the name of the metric and of what was profiled.
  package init(_ profile: Profile, title: String? = nil) {
    self.init(profile.session, title: title)
    describe(total: profile.totalCount, of: profile.account.samples)
  }

  /// Adds the total and the number of lost samples to the text. The total goes to the subtitle. If
  /// samples were lost, their number becomes the warning; if none were, the subtitle says so.
  ///
  /// - Parameters:
  ///   - total: The sum of all values of `metric`.
  ///   - account: The numbers of recorded and lost samples; all 0 where not known.
  package mutating func describe(total: UInt64, of account: SampleAccount) {
    subtitle.append(amount(total))
    if account.totalLost > 0 {
      var lost = ByteWriter()
      lost.append(grouped: account.totalLost)
      lost.append(" lost (")
      lost.append(account.lostPercent, places: 2)
      lost.append(" %)")
      warning = String(decoding: lost.bytes, as: UTF8.self)
    } else if account.recorded > 0 {
      subtitle.append("0 lost")
    }
  }

  /// A value as it is shown: `1,234 samples`, `1.23 s`, `1.5 MiB`; with a name of the user's as a
  /// number. The viewer writes the same (`Viewer/metric.js`).
  func amount(_ value: UInt64) -> String {
    let units = Double(value) * Double(metric.unitsPerCount)
    if !metric.countsSamples, countName == metric.countName {
      if metric.unit == .nanoseconds { return ByteWriter.time(units) }
      if metric.unit == .bytes { return ByteWriter.size(units) }
    }
    var writer = ByteWriter()
    writer.append(counted: value, countName)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// The text as it is shown: hidden characters are visible, and no part is so long that it pushes
  /// the others out of the picture.
  var fitted: Self {
    func fit(_ text: String, _ columns: Int) -> String {
      LabelCutting.cut(VisibleText.of(text), toColumns: columns) ?? VisibleText.of(text)
    }
    var fitted = self
    fitted.title = fit(title, 200)
    fitted.subtitle = subtitle.map { fit($0, 48) }.filter { !$0.isEmpty }
    fitted.warning = fit(warning, 200)
    fitted.countName = fit(countName, 24)
    fitted.notes = fit(notes, 2000)
    fitted.nameType = fit(nameType, 24)
    return fitted
  }
}

extension Metric {
  /// The beginning of a heading, in front of the target. The viewer writes the same
  /// (`Viewer/metric.js`).
  var heading: String { "\(pictureName): " }

  /// What a picture of the metric is called: `CPU flame graph`, `delay flame graph`. Untrusted text.
  package var pictureName: String { (isOfCPU ? "CPU" : name) + " flame graph" }

  /// Whether the metric is of time on a CPU: not of other times, such as waits. `time` is what files
  /// have that do not say which.
  var isOfCPU: Bool {
    unit == .nanoseconds ? name == "cpu" || name == "time" : countsSamples
  }
}

extension PictureText {
  /// Creates the heading of a difference: `CPU flame graph difference`, or where the two sides have
  /// different metrics `flame graph difference`.
  ///
  /// - Parameters:
  ///   - before: The metric of one side.
  ///   - after: The metric of the other side.
  package static func differenceTitle(_ before: Metric, _ after: Metric) -> String {
    let name = before.pictureName == after.pictureName ? before.pictureName : "flame graph"
    return "\(name) difference"
  }

  /// Creates the text about the inputs of a picture. If the only input is itself a picture, its
  /// text is kept, except for the parts that the options set.
  ///
  /// - Parameters:
  ///   - facts: What the inputs state besides samples.
  ///   - total: The sum of all values of the shown metric.
  ///   - options: The options of drawing, which override parts of the text.
  package init(_ facts: InputFacts, total: UInt64, _ options: PictureOptions) {
    var options = options
    options.countName = options.countName ?? facts.countName
    if let heading = facts.heading {
      let text = PictureText(
        title: heading.title, subtitle: heading.subtitle, warning: heading.warning,
        metric: facts.session.metric)
      self = text.with(options)
    } else {
      self = PictureText(facts.session, title: options.title)
        .with(options, total: total, of: facts.account?.samples ?? SampleAccount())
    }
  }

  /// Returns a copy of the text in which the parts that the options set are replaced.
  ///
  /// - Parameters:
  ///   - options: The options of drawing, such as title and notes; nil in them keeps a part.
  ///   - total: The sum of all values, to be added to the subtitle; nil if the subtitle has it
  ///     already.
  ///   - account: The numbers of recorded and lost samples, used if `total` is not nil.
  package func with(
    _ options: PictureOptions, total: UInt64? = nil, of account: SampleAccount = SampleAccount()
  ) -> Self {
    var text = self
    if let title = options.title { text.title = title }
    if let countName = options.countName {
      text.countName = countName
      // Values without a unit of their own get that of the name.
      if metric == .samples { text.metric = Metric(countName: countName) }
    }
    if let total { text.describe(total: total, of: account) }
    if let subtitle = options.subtitle { text.subtitle = [subtitle] }
    if let nameType = options.nameType { text.nameType = nameType }
    if let notes = options.notes { text.notes = notes }
    return text
  }
}
