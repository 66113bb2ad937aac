/// One value of a text that was read: YAML or JSON, before anything gives it a meaning.
public struct Node: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case scalar(Scalar)
        case list([Node])
        case mapping(Mapping)
    }

    public let content: Content
    public let place: Place

    public init(_ content: Content, at place: Place) {
        self.content = content
        self.place = place
    }

    public var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    public var list: [Node]? {
        if case .list(let list) = content { list } else { nil }
    }

    public var mapping: Mapping? {
        if case .mapping(let mapping) = content { mapping } else { nil }
    }

    /// True for a YAML key with nothing behind it and for JSON's `null`.
    public var isNothing: Bool {
        guard let scalar else { return false }
        return scalar.form == .null || (scalar.form == .plain && scalar.text.isEmpty)
    }

    /// What stands here, in words for a sentence: `"abc"`, `5`, `a list`, `a mapping`, `nothing`.
    public var summary: String {
        switch content {
        case .list: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar) where isNothing: scalar.form == .null ? "null" : "nothing"
        case .scalar(let scalar) where scalar.form == .number || scalar.form == .boolean: scalar.text
        case .scalar(let scalar): Problem.quote(scalar.text)
        }
    }
}

/// A value without parts. It keeps its text; whoever asks decides how to read it, so that YAML's `no`, `1:30` and
/// `1.10` are never turned into something that nobody wrote.
public struct Scalar: Hashable, Sendable {
    public enum Form: Sendable {
        /// YAML without quotation marks: read as the type that is asked for.
        case plain
        /// A JSON string, or YAML in quotation marks or as a block: text and nothing else.
        case quoted
        /// A JSON number, spelled as it was.
        case number
        /// JSON's `true` or `false`.
        case boolean
        /// JSON's `null`.
        case null
    }

    public let text: String
    public let form: Form

    public init(_ text: String, _ form: Form) {
        self.text = text
        self.form = form
    }
}

/// Keys and values in the order in which they were written; no key stands twice.
public struct Mapping: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let key: String
        public let keyPlace: Place
        public let value: Node

        public init(key: String, keyPlace: Place, value: Node) {
            self.key = key
            self.keyPlace = keyPlace
            self.value = value
        }
    }

    public let entries: [Entry]

    /// The caller has made sure that no key stands twice.
    public init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// Looks through the entries one by one: for mappings with a handful of known keys.
    public subscript(key: String) -> Node? { entries.first { $0.key == key }?.value }
}
