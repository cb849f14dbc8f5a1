// SPDX-License-Identifier: Apache-2.0

public import Flameback
internal import Glibc
internal import System

/// A recorder of profiles, which runs a `flameback` program that has the privileges for sampling.
///
/// Nothing is sampled in this process, and it needs no privilege itself: give the program its
/// capabilities by setcap(8), or run this process as root. The program writes the profile to a
/// pipe.
///
/// ```swift
/// let recorder = try Recorder()
/// let profile = try recorder.record(.processes([4711]), seconds: 10)
/// ```
public struct Recorder: Sendable {
  /// The processes that a recording samples.
  public enum Target: Hashable, Sendable {
    /// The processes with these ids (PIDs), their child processes, and all that these start during
    /// the recording.
    case processes([Int32])
    /// All processes of the machine.
    case wholeMachine
  }

  /// The options of a recording. Each has a default.
  public struct Options: Hashable, Sendable {
    /// The number of samples a second on each CPU, at least 1; less is taken as 1. nil for the
    /// default of the `flameback` program, 99.
    public var frequency: Int?
    /// Additional arguments for the command `flameback record`, such as `["--max-depth", "512"]`.
    /// They are passed last.
    public var arguments: [String] = []
    /// The largest profile that the program may write, in bytes. A program that writes more is
    /// ended, and the recording fails.
    public var limits = ReadingLimits()

    /// Creates the default options: 99 samples a second for each CPU, and no additional arguments.
    public init() {}
  }

  /// The absolute path of the `flameback` program that each recording runs.
  public let program: String

  /// Creates a recorder that runs the first `flameback` in the folders of PATH. Relative folders in
  /// PATH, such as the working directory, are not searched.
  ///
  /// - Throws: ``RecordingError`` of the kind `noProgram` where no folder has one.
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

  /// Creates a recorder that runs the program at a path.
  ///
  /// - Parameter program: The absolute path of a `flameback` program.
  /// - Throws: ``RecordingError`` of the kind `noProgram` where the path is relative or is not that
  ///   of an executable file.
  public init(program: String) throws(RecordingError) {
    guard program.hasPrefix("/") else {
      throw RecordingError(.noProgram, "\(program) is a relative path: use the absolute one")
    }
    var status = stat()
    guard stat(program, &status) == 0, access(program, X_OK) == 0 else {
      throw RecordingError(.noProgram, "\(program): \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RecordingError(.noProgram, "\(program) is not a file")
    }
    self.program = program
  }

  /// Records a target for some time, and returns the profile. The calling thread is blocked until
  /// the program ends.
  ///
  /// - Parameters:
  ///   - target: The processes to sample.
  ///   - options: How samples are taken, and limits of what the program may write.
  ///   - seconds: The length of the recording in seconds, more than 0.
  /// - Returns: The profile of the recording.
  /// - Throws: ``RecordingError`` where the program cannot be started, fails, such as for a missing
  ///   privilege, or writes no profile that can be read.
  public func record(
    _ target: Target, seconds: Double, options: Options = Options()
  ) throws(RecordingError) -> FlameProfile {
    let run = try ProgramRun(program, arguments(target, seconds, options))
    let output = run.finish(limit: options.limits.bytes)
    guard !output.isTooLarge else {
      throw RecordingError(
        .noProfile,
        "\(program) was ended: it wrote a profile of more than \(options.limits.bytes) bytes, the"
          + " limit in the options")
    }
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

/// The error of a recording that gave no profile.
public struct RecordingError: Error, Hashable, CustomStringConvertible {
  /// The kinds of failures, for programs that handle them differently.
  public enum Kind: Hashable, Sendable {
    /// There is no `flameback` program to run.
    case noProgram
    /// The `flameback` program lacks a privilege, or a policy of the system forbids sampling. The
    /// error's description says which, and what to do.
    case privilegeMissing
    /// The `flameback` program could not be started, or ended with an error.
    case programFailed
    /// The `flameback` program succeeded, but its output is not a profile that can be read, or is
    /// larger than the limit in the options.
    case noProfile
  }

  /// The kind of failure, for programs that handle kinds differently.
  public let kind: Kind
  /// The message for users: what went wrong and, where possible, what to do. If the `flameback`
  /// program failed, this is the program's own message.
  public let description: String
  /// The exit status of the `flameback` program, or 128 plus the number of the signal that ended
  /// it. nil where the program was not started, or where the failure is that its output is no profile
  /// or exceeds the limit.
  public let exitStatus: Int32?

  init(_ kind: Kind, _ description: String, exitStatus: Int32? = nil) {
    (self.kind, self.description, self.exitStatus) = (kind, description, exitStatus)
  }
}
