// SPDX-License-Identifier: Apache-2.0

public import Flameback
internal import Glibc
internal import System

/// Records profiles by running a `flameback` program, which has the privileges that sampling needs.
///
/// Nothing is sampled in this process, and it needs no privilege itself: give the program its capabilities
/// by setcap(8), or run this process as root. The program writes the profile to a pipe.
///
/// ```swift
/// let recorder = try Recorder()
/// let profile = try recorder.record(.processes([4711]), seconds: 10)
/// ```
public struct Recorder: Sendable {
  /// What is sampled.
  public enum Target: Hashable, Sendable {
    /// These processes and their children, by process id.
    case processes([Int32])
    /// All processes.
    case wholeMachine
  }

  /// How samples are taken.
  public struct Options: Hashable, Sendable {
    /// Samples a second and CPU, at least 1; nil for the program's default, 99.
    public var frequency: Int?
    /// Further arguments of `flameback record`, such as `["--max-depth", "512"]`.
    public var arguments: [String] = []
    /// Most bytes of the profile that the program may write, and the like.
    public var limits = ReadingLimits()

    /// The program's defaults.
    public init() {}
  }

  /// Absolute path of the program.
  public let program: String

  /// A recorder that runs the first `flameback` in the folders of PATH. Relative folders in PATH, such as
  /// the working directory, are not searched.
  ///
  /// - Throws: ``RecordingError`` where there is none.
  public init() throws(RecordingError) {
    let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
    for folder in folders where folder.hasPrefix("/") {
      let path = "\(folder)/flameback"
      if access(path, X_OK) == 0 {
        program = path
        return
      }
    }
    throw RecordingError(
      .noProgram,
      "no folder of PATH has a program flameback: install it, or use Recorder(program:) with its path"
    )
  }

  /// A recorder that runs the program at a path.
  ///
  /// - Parameter program: An absolute path.
  /// - Throws: ``RecordingError`` where nothing executable is there, or the path is relative.
  public init(program: String) throws(RecordingError) {
    guard program.hasPrefix("/") else {
      throw RecordingError(.noProgram, "\(program) is a relative path: use the absolute one")
    }
    guard access(program, X_OK) == 0 else {
      throw RecordingError(.noProgram, "\(program): \(String(cString: strerror(errno)))")
    }
    self.program = program
  }

  /// Records for some time, and returns the profile. The calling thread waits until then.
  ///
  /// - Parameter seconds: More than 0.
  /// - Throws: ``RecordingError`` with the program's own message where it fails, such as for a missing
  ///   privilege, and where its answer is no profile.
  public func record(
    _ target: Target, seconds: Double, options: Options = Options()
  ) throws(RecordingError) -> FlameProfile {
    let run = try ProgramRun(program, arguments(target, seconds, options))
    let output = run.finish(limit: options.limits.bytes)
    guard output.status == 0 else {
      let kind: RecordingError.Kind = output.status == 3 ? .privilegeMissing : .programFailed
      throw RecordingError(kind, output.message, exitStatus: output.status)
    }
    do throws(ProfileReadingError) {
      return try FlameProfile(reading: output.profile, limits: options.limits)
    } catch {
      throw RecordingError(
        .noProfile, "\(program) wrote no profile that can be read: \(error.reason)")
    }
  }

  private func arguments(_ target: Target, _ seconds: Double, _ options: Options) -> [String] {
    var arguments = ["record", "--quiet", "-f", "json", "-o", "-", "-d", "\(max(seconds, 0))s"]
    if let frequency = options.frequency { arguments += ["-F", "\(max(1, frequency))"] }
    switch target {
    case .processes(let ids): arguments += ["-p", ids.map(String.init).joined(separator: ",")]
    case .wholeMachine: arguments.append("-a")
    }
    return arguments + options.arguments
  }
}

/// Why nothing was recorded.
public struct RecordingError: Error, Hashable, CustomStringConvertible {
  /// The kinds of failures.
  public enum Kind: Hashable, Sendable {
    /// There is no program to run.
    case noProgram
    /// The program lacks a privilege: its message says which, and how to give it.
    case privilegeMissing
    /// The program could not be started, or failed.
    case programFailed
    /// The program's output is no profile.
    case noProfile
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// What happened, and where there is something to do, what: the program's own words where it failed.
  public let description: String
  /// Exit status of the program: see the page of the command line. Nil where it did not run to its end.
  public let exitStatus: Int32?

  init(_ kind: Kind, _ description: String, exitStatus: Int32? = nil) {
    (self.kind, self.description, self.exitStatus) = (kind, description, exitStatus)
  }
}
