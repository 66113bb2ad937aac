import ReleaseDecisions
import StructuredText
import TrainModel

/// What somebody said in a chat, in the words that stand behind `wavetrain release` on a command line; what follows
/// `--reason` goes to the end.
///
///     vote shop-3 go --role qa --tick all --reason the load test is fine
///     approve shop-3 production/part-1/westus3 --reason looked at the canary
struct ChatWord: Hashable, Sendable {
    enum Act: Hashable, Sendable {
        case approve, validate, reject
        case vote(isGo: Bool, isVeto: Bool)
    }

    static let form =
        "write `approve|validate|reject RELEASE [SUBJECT]` or `vote RELEASE go|no-go|veto [--role ROLE]`, then "
        + "`[--tick all|1,2] [--digest DIGITS] --reason WORDS`"

    let act: Act
    let release: ReleaseID
    private(set) var subject = ""
    private(set) var role = ""
    private(set) var ticked: [String] = []
    /// What the release's digest must begin with; empty: the release as it is now.
    private(set) var digestPrefix = ""
    private(set) var reason = ""

    /// Nil where it is not written in this form.
    init?(_ text: String) {
        var words = text.split(whereSeparator: \.isWhitespace)[...]
        guard let verb = words.popFirst()?.lowercased(), let release = words.popFirst().flatMap({ ReleaseID($0) }),
            let act = Self.act(verb, &words)
        else { return nil }
        self.act = act
        self.release = release
        if let first = words.first, !first.hasPrefix("--") { subject = String(words.removeFirst()) }
        while let option = words.popFirst() {
            if option == "--reason" {
                reason = words.joined(separator: " ")
                return
            }
            guard let value = words.popFirst() else { return nil }
            switch option {
            case "--role" where role.isEmpty: role = String(value)
            case "--tick": ticked += value.split(separator: ",").map(String.init)
            case "--digest" where Self.isDigestPrefix(value): digestPrefix = String(value)
            default: return nil
            }
        }
    }

    private static func act(_ verb: String, _ words: inout ArraySlice<Substring>) -> Act? {
        switch verb {
        case "approve": return .approve
        case "validate": return .validate
        case "reject": return .reject
        case "vote":
            switch words.popFirst()?.lowercased() {
            case "go": return .vote(isGo: true, isVeto: false)
            case "no-go": return .vote(isGo: false, isVeto: false)
            case "veto": return .vote(isGo: false, isVeto: true)
            default: return nil
            }
        default: return nil
        }
    }

    private static func isDigestPrefix(_ text: Substring) -> Bool {
        (8...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// The act on the release as it was shown.
    func command(on view: ReleaseView) -> Command {
        switch act {
        case .vote(let isGo, let isVeto):
            let points = view.points(ticked: ticked, at: [.vote], subject: subject, role: role)
            return .vote(
                Vote(
                    release,
                    role: role,
                    isGo: isGo,
                    isVeto: isVeto,
                    releaseDigest: view.releaseDigest,
                    ticked: points,
                    reason: reason
                )
            )
        case .approve, .validate, .reject:
            let isValidation = act == .validate || (act == .reject && view.waitsForValidationOnly)
            let points = view.points(
                ticked: ticked,
                at: [isValidation ? .validation : .approval],
                subject: subject
            )
            return .decide(
                Decide(
                    release,
                    act == .reject ? .rejected : .approved,
                    act: isValidation ? .validation : .approval,
                    subject: subject,
                    releaseDigest: view.releaseDigest,
                    ticked: points,
                    reason: reason
                )
            )
        }
    }
}

extension ReleaseView {
    fileprivate var waitsForValidationOnly: Bool {
        let kinds = Set(holds.map(\.kind))
        return kinds.contains(.validation) && !kinds.contains(.approval)
    }
}
