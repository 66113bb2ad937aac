import StructuredText

/// One thing that was looked at, and what was found.
public struct ReportLine: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case ok
        /// It works, and somebody should know.
        case warn
        case fail
    }

    public let state: State
    /// What was looked at, in a few words.
    public let subject: String
    public let sentence: String
    /// What to do; empty where there is nothing to do.
    public let remedy: String

    static func ok(_ subject: String, _ sentence: String) -> ReportLine {
        ReportLine(state: .ok, subject: subject, sentence: sentence, remedy: "")
    }

    static func warn(_ subject: String, _ sentence: String, remedy: String = "") -> ReportLine {
        ReportLine(state: .warn, subject: subject, sentence: sentence, remedy: remedy)
    }

    static func fail(_ subject: String, _ sentence: String, remedy: String = "") -> ReportLine {
        ReportLine(state: .fail, subject: subject, sentence: sentence, remedy: remedy)
    }

    /// An error of the agent's own has all that is needed.
    static func fail(_ subject: String, _ error: AgentError) -> ReportLine {
        fail(subject, "\(error.place): \(error.sentence)", remedy: error.remedy)
    }
}

/// What `doctor` and `recipe test` print.
public struct DiagnosisReport: Hashable, Sendable {
    public private(set) var lines: [ReportLine] = []

    mutating func add(_ line: ReportLine) { lines.append(line) }
    mutating func add(_ more: [ReportLine]) { lines += more }

    public var hasFailed: Bool { lines.contains { $0.state == .fail } }

    /// One line for each, with the remedy behind the sentence.
    public var table: String {
        let width = lines.map(\.subject.count).max() ?? 0
        let rows = lines.map { line in
            let remedy = line.remedy.isEmpty ? "" : "; \(line.remedy)"
            let words = line.sentence.split(whereSeparator: \.isNewline).joined(separator: " | ") + remedy
            return "\(line.state.rawValue.padded(to: 4))  \(line.subject.padded(to: width))  \(words)"
        }
        return rows.joined(separator: "\n")
    }

    public var json: String {
        let list = lines.map { line in
            JSONValue.object([
                "state": .string(line.state.rawValue), "subject": .string(line.subject),
                "sentence": .string(line.sentence), "remedy": .string(line.remedy),
            ])
        }
        let value = JSONValue.object(["failed": .boolean(hasFailed), "lines": .list(list)])
        return String(decoding: JSONText.write(value, indented: true), as: UTF8.self)
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
