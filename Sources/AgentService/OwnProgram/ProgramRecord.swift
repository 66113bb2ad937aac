import TrainModel

/// Which program the agent is, as `agent-program` under the root says: the one thing that every version of the agent
/// reads before anything else. Programs are named by their release folders; nil is the one installed on the host.
///
/// A new program is on trial until it has a link to the controller. Each start of it is counted before it happens.
struct ProgramRecord: Hashable, Sendable {
    /// A trial may be killed once, by a power cut perhaps; a second time is its own doing.
    static let trialStarts_max = 2
    /// A program that came through its trial and cannot even open its journal so often in a row is left.
    static let starts_max = 5

    /// Came through its trial.
    var settled: String?
    /// Of the installed program, as it was when it last ran.
    var installedPath = "/usr/bin/wavetrain-agent"
    /// The same; and what it was when the one that came through its trial did. Where they differ, somebody has installed a
    /// package since.
    var installedVersion: String?
    var settledOver: String?
    /// Since the program in question last came up.
    var starts_count = 0
    var trial: Trial?

    struct Trial: Hashable, Sendable {
        let release: String
        /// The kernel ends it when it has not been connected for so long.
        let limit_s: UInt32
        /// How far its last start has come; nil: nobody has heard of it.
        var reached: Reached?
        /// It has failed, and why; nobody was told yet.
        var failure: String?

        enum Reached: String, Hashable, Sendable {
            case started
            /// It could work, if it only had a link.
            case cameUp = "came_up"
        }
    }

    /// What a start leads to.
    enum Launch: Hashable, Sendable {
        /// This program goes on.
        case stay
        /// The process becomes the program of that release; `alarm_s` 0: without a limit.
        case become(release: String, alarm_s: UInt32)
        /// The process becomes the installed program.
        case becomeInstalled

        /// Only a program on trial has an alarm.
        var isOfTrial: Bool {
            if case .become(_, let alarm_s) = self { alarm_s > 0 } else { false }
        }
    }

    /// Decides a start, and counts it.
    ///
    /// - Parameter own: the release that this process is started from; nil: none, so that it is the installed program.
    mutating func launch(own: String?) -> Launch {
        if var trial, trial.failure == nil {
            if own == trial.release {
                self.trial?.reached = .started
                return .stay
            }
            if starts_count < Self.trialStarts_max {
                starts_count += 1
                self.trial?.reached = nil
                return .become(release: trial.release, alarm_s: trial.limit_s)
            }
            trial.failure =
                "the new agent ended \(starts_count) times before it had a link to the controller; it \(trial.words)"
            self.trial = trial
            starts_count = 0
        }
        guard own != settled else { return .stay }
        guard let settled else { return .becomeInstalled }
        if own == nil, let settledOver, settledOver != installedVersion { return .stay }
        guard starts_count < Self.starts_max else { return .stay }
        starts_count += 1
        return .become(release: settled, alarm_s: 0)
    }

    /// Of a trial that is not over, or has failed: what is known of it.
    var trialWords: String? {
        trial.map { trial in
            let lack = trial.reached == nil ? "" : " and has had no link to the controller"
            return trial.failure ?? "the new agent \(trial.words)\(lack)"
        }
    }

    /// A program is the one to run from now on: it came through its trial, or was returned to.
    mutating func settle(_ release: String?) {
        settled = release
        settledOver = installedVersion
        trial = nil
        starts_count = 0
    }

    /// The program that the last `launch` named could not be started at all.
    mutating func launchFailed(_ reason: String) {
        if trial?.failure == nil, trial != nil {
            trial?.failure = reason
            starts_count = 0
        } else {
            starts_count = Self.starts_max
        }
    }

}

extension ProgramRecord {
    /// One `key value` on a line. Keys of later versions are passed over. Nil: it is not whole, or not of an agent.
    init?(text: String) {
        guard text.hasSuffix("\n") else { return nil }
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].utf8.allSatisfy(Self.isOfKey) else { return nil }
            values[parts[0]] = parts[1]
        }
        guard let installed = values["installed"], installed.hasPrefix("/"),
            let starts = values["starts"].flatMap({ Int($0) }), starts >= 0
        else { return nil }
        installedPath = installed
        starts_count = starts
        installedVersion = values["installed_version"]
        settledOver = values["settled_over"]
        if let release = values["settled"] {
            guard Self.isRelease(release) else { return nil }
            settled = release
        }
        if let release = values["trial"] {
            guard Self.isRelease(release), let limit_s = values["limit_s"].flatMap({ UInt32($0) }) else { return nil }
            let reached = values["reached"].flatMap { Trial.Reached(rawValue: $0) }
            trial = Trial(release: release, limit_s: limit_s, reached: reached, failure: values["failure"])
        }
    }

    private static func isOfKey(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }

    /// A folder's name and nothing else: it becomes part of a path.
    private static func isRelease(_ text: String) -> Bool { !text.contains("/") && !text.hasPrefix(".") }

    var text: String {
        var lines = ["installed \(installedPath)", "starts \(starts_count)"]
        if let installedVersion { lines.append("installed_version \(installedVersion)") }
        if let settledOver { lines.append("settled_over \(settledOver)") }
        if let settled { lines.append("settled \(settled)") }
        if let trial {
            lines += ["trial \(trial.release)", "limit_s \(trial.limit_s)"]
            if let reached = trial.reached { lines.append("reached \(reached.rawValue)") }
            if let failure = trial.failure {
                lines.append("failure \(failure.split(whereSeparator: \.isNewline).joined(separator: " "))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ProgramRecord.Trial {
    fileprivate var words: String {
        switch reached {
        case nil: "never said that it had started"
        case .started: "has started"
        case .cameUp: "has read its journal"
        }
    }
}
