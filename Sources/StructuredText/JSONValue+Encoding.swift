extension JSONValue {
    /// What `Encodable` says of a value, keys in the order in which they are encoded. Throws for an integer that does
    /// not fit 64 bits with a sign, and whatever the value itself throws.
    public init(encoding value: some Encodable) throws {
        let box = JSONBox()
        try value.encode(to: BoxEncoder(box: box, codingPath: []))
        self = box.value
    }
}

/// A value while it is being encoded.
private final class JSONBox {
    enum Content {
        case nothing
        case scalar(JSONValue)
        case list([JSONBox])
        case object([(key: String, value: JSONBox)])
    }

    var content = Content.nothing

    var value: JSONValue {
        switch content {
        case .nothing: .object([])
        case .scalar(let value): value
        case .list(let items): .list(items.map(\.value))
        case .object(let members): .object(members.map { JSONValue.Member($0.key, $0.value.value) })
        }
    }

    func append(_ item: JSONBox) {
        if case .list(let items) = content { content = .list(items + [item]) } else { content = .list([item]) }
    }

    func set(_ item: JSONBox, for key: String) {
        if case .object(let members) = content {
            content = .object(members + [(key, item)])
        } else {
            content = .object([(key, item)])
        }
    }
}
