import HTTPCalls
import Outside
import StructuredText

/// What the controller's configuration says of `channels`, by the names that plans use.
extension Shape where Value == [String: Channel] {
    public static var channels: Shape {
        Shape<[(key: Located<String>, value: Channel)]>.entries(of: .channel)
            .map { entries in Dictionary(entries.map { ($0.key.value, $0.value) }) { first, _ in first } }
    }
}

extension Shape where Value == Channel {
    fileprivate static var channel: Shape {
        .mapping { fields in
            let plain = fields.optional("webhook", .webAddress)
            let secret = fields.optional("webhook_file", .string)
            let smtp = fields.optional("smtp", .mailServer)
            fields.requireOne(of: "webhook", "webhook_file", "smtp")
            let key = fields.optional("secret_file", .string)
            let format = fields.value("format", .noticeFormat, default: .everything)
            let from = fields.optional("from", .mailAddress)
            let to = fields.value("to", .list(of: .mailAddress, count: 1...50), default: [])
            let user = fields.optional("user", .string)
            let password = fields.optional("password_file", .string)
            let authorities = fields.optional("ca_file", .string)
            for key in ["from", "to", "user", "password_file", "ca_file"] {
                fields.refuse(key, beside: fields.has("webhook") ? "webhook" : "webhook_file")
            }
            for key in ["secret_file", "format"] { fields.refuse(key, beside: "smtp") }
            let file = key.map { SecretText(path: $0) }
            if let plain { return .webhook(Webhook(.plain(plain), key: file, format: format)) }
            if let secret { return .webhook(Webhook(.secret(SecretText(path: secret)), key: file, format: format)) }
            guard let smtp else { return nil }
            return mail(smtp, from, to, user, password, authorities, fields)
        }
    }

    private static func mail(
        _ server: MailServer,
        _ from: String?,
        _ to: [String],
        _ user: String?,
        _ password: String?,
        _ authorities: String?,
        _ fields: Fields
    ) -> Channel? {
        func problem(_ sentence: String, _ remedy: String) -> Channel? {
            fields.problems.add(fields.place, .missingKey, sentence, remedy: remedy)
            return nil
        }
        guard let from, !to.isEmpty else {
            return problem("mail needs \"from\" and \"to\"", "give both, as addresses such as team@example.com")
        }
        guard (user == nil) == (password == nil) else {
            return problem("\"user\" and \"password_file\" belong together", "give both or neither")
        }
        guard authorities == nil || server.isProtected else {
            return problem("\"ca_file\" is for mail over TLS", "use smtps:// or smtp+starttls://, or leave it out")
        }
        guard user == nil || server.isProtected || server.isLoopback else {
            return problem("the password would go over the network in the clear", "use smtps:// or smtp+starttls://")
        }
        return .mail(
            MailBox(
                host: server.host,
                port: server.port,
                protection: server.protection,
                user: user,
                password: password.map { SecretText(path: $0) },
                authorityFile: authorities,
                from: from,
                to: to
            )
        )
    }
}

extension Shape where Value == HTTPAddress {
    fileprivate static var webAddress: Shape {
        .text("an http or https address") { text, place, label, problems in
            do throws(OutsideFailure) {
                return try HTTPAddress(text)
            } catch {
                problems.add(place, .badValue, "\(label): \(error.sentence)", remedy: error.remedy)
                return nil
            }
        }
    }
}

extension Shape where Value == String {
    fileprivate static var mailAddress: Shape {
        .text("a mail address such as team@example.com") { text, place, label, problems in
            if MailCall.isAddress(text) { return text }
            problems.add(
                place,
                .badValue,
                "\(label) must be a mail address such as team@example.com, not \(Problem.quote(text))"
            )
            return nil
        }
    }
}

extension Shape where Value == NoticeFormat {
    fileprivate static var noticeFormat: Shape {
        let names = NoticeFormat.names.map { "{\($0)}" }.joined(separator: ", ")
        let entries = Shape<[(key: Located<String>, value: String)]>.entries(of: .anyString)
        return Shape("a mapping of keys and texts", schema: entries.schema) { node, label, problems in
            guard let fields = entries.read(node, label, problems) else { return nil }
            if let format = NoticeFormat(fields.map { NoticeFormat.Field($0.key.value, $0.value) }) { return format }
            problems.add(
                node.place,
                .badValue,
                "\(label) holds an unknown name in braces or an open brace",
                remedy: "known are \(names); {{ is a plain {"
            )
            return nil
        }
    }
}
