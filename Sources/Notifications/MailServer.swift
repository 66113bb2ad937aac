import HTTPCalls
import Outside
import StructuredText

/// `smtps://host[:465]`, `smtp+starttls://host[:587]`, or `smtp://host[:25]` without protection.
struct MailServer: Hashable {
    let host: String
    let port: Int
    let protection: MailCall.Protection

    private static let schemes: [(prefix: String, protection: MailCall.Protection, port: Int)] = [
        ("smtps://", .tls, 465), ("smtp+starttls://", .startTLS, 587), ("smtp://", .none, 25),
    ]

    init?(_ text: String) {
        guard let scheme = Self.schemes.first(where: { text.hasPrefix($0.prefix) }) else { return nil }
        // The same rules for host and port as everywhere; what stands behind them is refused. Nil says so to whoever reads
        // the configuration.
        let authority = text.dropFirst(scheme.prefix.count)
        let hasPort =
            authority.last.map { $0 != "]" } == true && authority.split(separator: "]").last?.contains(":") == true
        guard let address = try? HTTPAddress("http://\(authority)\(hasPort ? "" : ":\(scheme.port)")"),
            address.rest.isEmpty
        else { return nil }
        host = address.host
        port = address.port
        protection = scheme.protection
    }

    var isProtected: Bool { protection != .none }

    var isLoopback: Bool { Loopback.contains(host) }
}

extension Shape where Value == MailServer {
    static var mailServer: Shape {
        .text("a mail server such as smtps://mail.example.com") { text, place, label, problems in
            if let server = MailServer(text) { return server }
            problems.add(
                place,
                .badValue,
                "\(label) must be a mail server, not \(Problem.quote(text))",
                remedy: "write smtps://host, smtp+starttls://host, or smtp://host for a relay without protection"
            )
            return nil
        }
    }
}
