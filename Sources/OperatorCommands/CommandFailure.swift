import StructuredText

/// Why a command did not do its work: a sentence with the place, what to do, and how the process exits.
struct CommandFailure: Error, CustomStringConvertible {
    let status: ExitStatus
    let sentence: String
    /// Empty where the sentence says it.
    let remedy: String
    /// Every mistake in a text, shown one a line.
    let problems: [Problem]

    init(_ sentence: String, remedy: String = "", problems: [Problem] = []) {
        self.init(.failed, sentence, remedy: remedy, problems: problems)
    }

    init(_ status: ExitStatus, _ sentence: String, remedy: String = "", problems: [Problem] = []) {
        self.status = status
        self.sentence = sentence
        self.remedy = remedy
        self.problems = problems
    }

    var description: String {
        (problems.map(\.description) + ["error: \(sentence)"] + (remedy.isEmpty ? [] : ["  to do: \(remedy)"]))
            .joined(separator: "\n")
    }
}
