import StructuredText

/// Why a command did not do its work: a sentence with the place, what to do, and how the process exits.
struct CommandFailure: Error, CustomStringConvertible {
    let status: ExitStatus
    let sentence: String
    /// Empty where the sentence says it.
    let remedy: String
    /// Every mistake in a text, shown one a line.
    let problems: [Problem]
    /// The controller's word for it; empty where the controller did not say it.
    let code: String

    init(_ sentence: String, remedy: String = "", problems: [Problem] = []) {
        self.init(.failed, sentence, remedy: remedy, problems: problems)
    }

    init(
        _ status: ExitStatus,
        _ sentence: String,
        remedy: String = "",
        problems: [Problem] = [],
        code: String = ""
    ) {
        self.status = status
        self.sentence = sentence
        self.remedy = remedy
        self.problems = problems
        self.code = code
    }

    var description: String {
        (problems.map(\.description) + ["error: \(sentence)"] + (remedy.isEmpty ? [] : ["  to do: \(remedy)"]))
            .joined(separator: "\n")
    }
}
