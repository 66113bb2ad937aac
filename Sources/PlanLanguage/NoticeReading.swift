import StructuredText
import TrainModel

extension Shape where Value == [NoticeRule] {
    /// A list of who hears of what, or a mapping of any names to channels that hear of everything.
    static var notices: Shape {
        let rule = Shape<NoticeRule>.mapping { fields in
            let channels = fields.required("to", .channels, "Channels of the controller's configuration.")
            let kinds = fields.optional(
                "on",
                Shape<[NoticeKind]>.oneOrMore("kind of notice", .oneOf()),
                "Of what they hear; else of everything."
            )
            return channels.map {
                NoticeRule(channels: $0, on: NoticeKind.allCases.filter((kinds ?? NoticeKind.allCases).contains))
            }
        }
        let list = Shape.list(of: rule, count: 0...50)
        let named = Shape.catalogue("group of channels", Shape<[String]>.channels, count: 1...50) { _, channels in
            NoticeRule(channels: channels, on: NoticeKind.allCases)
        }
        return either("a list of mappings of to and on", short: list, long: named)
    }
}

extension Shape where Value == [String] {
    fileprivate static var channels: Shape { oneOrMore("channel", .channel) }
}

extension Shape where Value == String {
    /// `chat:release-room`.
    fileprivate static var channel: Shape {
        let wanted = "a channel such as chat:release-room"
        let schema = Schema.text(pattern: "^[a-z0-9][a-z0-9._-]*:[a-z0-9][a-z0-9._-]*$")
        return .text(wanted, schema: schema) { text, place, label, problems in
            let parts = text.components(around: ":")
            guard parts.count == 2, parts.allSatisfy({ Name<Never>($0) != nil }) else {
                problems.add(
                    place,
                    .badName,
                    "\(label) must be \(wanted), not \(Problem.quote(text))",
                    remedy: "write the kind and the name as the controller's configuration has them"
                )
                return nil
            }
            return text
        }
    }
}
