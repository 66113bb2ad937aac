/// What a script may rely on. `docs/cli.md` and every `--help` list them.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case ok = 0
    case failed = 1
    case usage = 2
    case unreachable = 3
    case endedOtherwise = 4
    case held = 5

    public var meaning: String {
        switch self {
        case .ok: "done"
        case .failed: "failed or refused"
        case .usage: "wrong usage"
        case .unreachable: "cannot reach the controller"
        case .endedOtherwise: "the release ended, but not completed (watch)"
        case .held: "waits for a person (watch --until-held)"
        }
    }

    static let help =
        "EXIT STATUS:\n" + allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n")
}
