import StructuredText
import TrainModel

/// The JSON document that a webhook gets.
public struct NoticeFormat: Hashable, Sendable {
    public static let names = ["text", "kind", "release", "subject", "id", "at", "cluster"]

    /// Keys and their texts, in which `{text}`, `{kind}` … stand for what a notice says; nil: every field under its name.
    private let fields: [Field]?

    public struct Field: Hashable, Sendable {
        public let key: String
        public let text: String

        public init(_ key: String, _ text: String) {
            self.key = key
            self.text = text
        }
    }

    public static let everything = NoticeFormat(fields: nil)

    private init(fields: [Field]?) {
        self.fields = fields
    }

    /// Nil where a text holds an unknown name or an open brace.
    public init?(_ fields: [Field]) {
        let isSound = fields.allSatisfy { field in
            PlaceholderText.filled(field.text) { Self.names.contains($0) ? "" : nil } != nil
        }
        guard isSound else { return nil }
        self.init(fields: fields)
    }

    func document(of notice: Notice, from cluster: ClusterName) -> JSONValue {
        guard let fields else {
            return .object([
                "text": .string(notice.sentence), "kind": .string(notice.kind.rawValue),
                "release": notice.release.map { .string($0.text) }, "subject": .string(notice.subject),
                "id": .integer(Int64(clamping: notice.id)), "at": .string(notice.at.text),
                "cluster": .string(cluster.text),
            ])
        }
        return .object(
            fields.map { field in
                let text = PlaceholderText.filled(field.text) { Self.value(of: $0, notice, cluster) }
                return JSONValue.Member(field.key, .string(text ?? field.text))
            }
        )
    }

    private static func value(of name: String, _ notice: Notice, _ cluster: ClusterName) -> String? {
        switch name {
        case "text": notice.sentence
        case "kind": notice.kind.rawValue
        case "release": notice.release?.text ?? ""
        case "subject": notice.subject
        case "id": "\(notice.id)"
        case "at": notice.at.text
        case "cluster": cluster.text
        default: nil
        }
    }
}
