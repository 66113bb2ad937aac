extension LinkError {
    static let flooded = LinkError(
        .flooded,
        "The peer sends more messages than any healthy one does.",
        remedy: "Look at the peer: it is broken, or not what it claims to be."
    )

    static let silent = LinkError(
        .silent,
        "The peer has been silent for \(Liveness.misses_max) heartbeat intervals.",
        remedy: "Check the network between, and whether the peer's machine still runs."
    )

    static let slow = LinkError(
        .slow,
        "The peer does not take what is sent to it.",
        remedy: "Check the network between, and the load of the peer's machine."
    )

    static let closed = LinkError(
        .closed,
        "The connection ended.",
        remedy: "Nothing, when the peer was stopped; otherwise its log should say why."
    )

    static func overdue(_ sentence: String) -> LinkError {
        LinkError(.overdue, sentence, remedy: "Check the load of the peer's machine and the network between.")
    }

    static func outOfTurn(_ place: String, _ sentence: String) -> LinkError {
        LinkError(
            .outOfTurn,
            at: place,
            sentence,
            remedy: "Check that controller and agent are of compatible versions."
        )
    }

    /// What the controller said when it refused or ended something.
    init(_ farewell: Farewell) {
        let code: Code =
            switch farewell.code {
            case Farewell.replaced.code: .replaced
            // No refusal: another controller may be there in a moment.
            case Farewell.stopping.code: .closed
            default: .refused
            }
        self.init(code, at: "controller: \(farewell.code)", farewell.sentence, remedy: Self.remedy(for: farewell))
    }

    private static func remedy(for farewell: Farewell) -> String {
        switch farewell {
        case .replaced: "If this repeats, two machines use one host's certificate: enrol one of them anew."
        case .revoked: "Enrol the host again with a new join token, if it shall come back."
        default: "The controller's log says more."
        }
    }
}
