// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What stands around the boxes: what was profiled, where, when, how, and what was lost.
public struct PictureText: Hashable, Sendable {
  /// The heading. Foreign text.
  public var title: String
  /// The line below it, in parts. Foreign text.
  public var subtitle: [String]
  /// What a reader must not miss, such as lost samples; empty if there is nothing.
  public var warning: String
  /// What is counted: `samples`.
  public var countName: String
  /// CPU time that one of them stands for; 0 if it is not known, or counts are no samples.
  public var nanosecondsPerCount: Int64
  /// For who opens the viewer or reads the file. Foreign text.
  public var notes = ""
  /// In front of a function's name in the tooltip. Foreign text.
  public var nameType = ""

  /// In front of the target, where nobody gave a title.
  public static let usualTitle = "CPU flame graph: "

  public init(
    title: String, subtitle: [String] = [], warning: String = "", countName: String = "samples",
    nanosecondsPerCount: Int64 = 0
  ) {
    self.title = title
    self.subtitle = subtitle
    self.warning = warning
    self.countName = countName
    self.nanosecondsPerCount = nanosecondsPerCount
  }

  /// Without samples and losses: `tell` adds them.
  ///
  /// - Parameter title: nil names the target; else the target stands in the line below.
  public init(_ session: Session, title: String? = nil) {
    let metric = session.metric
    let isTime = metric.countsSamples || metric.unit == .nanoseconds
    let heading = isTime ? Self.usualTitle : "\(metric.countName) flame graph: "
    self.init(title: title ?? heading + session.target)
    countName = metric.countName
    if title != nil { subtitle.append(session.target) }
    if !session.host.isEmpty { subtitle.append(session.host) }
    if session.startedAt > 0 {
      subtitle.append("\(UTCTime(nanosecondsSince1970: session.startedAt)) UTC")
    }
    if session.duration > 0 {
      subtitle.append("\(text(Double(session.duration) / 1e9, places: 1)) s")
    }
    if let period = metric.nanosecondsPerSample {
      nanosecondsPerCount = Int64(clamping: period)
      let rate = "\(metric.frequencyHz) Hz"
      subtitle.append(metric.event.isEmpty ? rate : "\(metric.event) at \(rate)")
    } else if metric.period > 1 {
      subtitle.append("one sample in \(metric.period)")
    }
    if session.cpus > 0 { subtitle.append(session.cpus == 1 ? "1 CPU" : "\(session.cpus) CPUs") }
  }

  /// The metric that a picture's counts are of, as far as the picture says.
  public var metric: Metric {
    guard nanosecondsPerCount > 0, countName == Metric.samples.countName else {
      return Metric(countName: countName)
    }
    let hertz = Int((1e9 / Double(nanosecondsPerCount)).rounded())
    return .clock(event: "", pace: .frequency(hertz))
  }

  public init(_ profile: Profile, title: String? = nil) {
    self.init(profile.session, title: title)
    tell(profile.totalCount, of: profile.account.samples)
  }

  /// How many samples are shown, and how many were lost, where that is known.
  public mutating func tell(_ samples: UInt64, of account: SampleAccount) {
    subtitle.append(counted(samples))
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

  /// `1,234 samples`
  func counted(_ count: UInt64) -> String {
    var writer = ByteWriter()
    writer.append(counted: count, countName)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// As it is shown: harmless, and no part so long that it pushes the others out of the picture.
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

  private func text(_ value: Double, places: Int) -> String {
    var writer = ByteWriter()
    writer.append(value, places: places)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension ByteWriter {
  /// `1 sample`, `1,234 samples`
  mutating func append(counted count: UInt64, _ name: String) {
    append(grouped: count)
    append(" ")
    append(text: count == 1 && name.hasSuffix("s") ? String(name.dropLast()) : name)
  }

  /// `12.34 %`
  mutating func append(percentOf part: UInt64, in whole: UInt64) {
    append(whole == 0 ? 0 : 100 * Double(part) / Double(whole), places: 2)
    append(" %")
  }
}
