// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The text around the boxes of a flame graph: what was profiled, where, when and how, and what was
/// lost.
package struct PictureText: Hashable, Sendable {
  /// The heading of the picture. Untrusted text.
  package var title: String
  /// The parts of the line below the heading. Untrusted text.
  package var subtitle: [String]
  /// A warning that a reader must not miss, such as lost samples; empty for none.
  package var warning: String
  /// The metric whose values the boxes show.
  package var metric: Metric
  /// The name of the unit of counts, such as `samples`. It is the metric's, unless the user gave
  /// another one. Untrusted text.
  package var countName: String
  /// A note for readers of the file; empty for none. Untrusted text.
  package var notes = ""
  /// The text in front of a function's name in the tooltip; empty for none. Untrusted text.
  package var nameType = ""

  /// Text with the given parts. The name of counts is that of the metric.
  package init(
    title: String, subtitle: [String] = [], warning: String = "", metric: Metric = .samples
  ) {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
    self.metric = metric
    countName = metric.countName
  }

  /// The text about a session: its target, host, time and sampling. The totals are added by
  /// `describe`.
  ///
  /// - Parameter title: The heading; nil for one that names metric and target. If it is not nil,
  ///   the subtitle names the target.
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

  /// The text about a profile: that about its session, the total, and the number of lost samples.
  ///
  /// - Parameter title: The heading; nil for one that names metric and target.
  package init(_ profile: Profile, title: String? = nil) {
    self.init(profile.session, title: title)
    describe(total: profile.totalCount, of: profile.account.samples)
  }

  /// Adds the total and the number of lost samples to the text. Losses become the warning; that
  /// there were none is added to the subtitle.
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
  var heading: String {
    countsSamples || unit == .nanoseconds ? "CPU flame graph: " : "\(name) flame graph: "
  }
}

extension PictureText {
  /// The text about inputs that were read. If a single picture was read, its text is kept, except
  /// for the parts that the options set.
  ///
  /// - Parameter total: The sum of all values of the shown metric.
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

  /// Returns the text with the parts that the options set; the other parts stay.
  ///
  /// - Parameters:
  ///   - total: The sum of all values, to be added to the subtitle; nil if it is there already.
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
