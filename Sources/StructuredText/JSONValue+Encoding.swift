extension JSONValue {
    /// What `Encodable` says of a value, keys in the order in which they are encoded. Throws for an integer beyond 64
    /// bits with a sign, and what the value itself throws.
    public init(encoding value: some Encodable) throws {
        let box = JSONBox()
        try box.encode(value, at: [])
        self = box.value
    }
}

/// A value while it is being encoded. One tree of boxes belongs to one encoding and stays on one thread.
private final class JSONBox {
    private enum Kind { case scalar, list, object }

    private var kind = Kind.object
    private var scalar = JSONValue.null
    private var items: [JSONBox] = []
    private var members: [(key: String, box: JSONBox)] = []

    var value: JSONValue {
        switch kind {
        case .scalar: scalar
        case .list: .list(items.map(\.value))
        case .object: .object(members.map { JSONValue.Member($0.key, $0.box.value) })
        }
    }

    var count: Int { items.count }

    func beList() { kind = .list }

    func set(_ value: JSONValue) {
        kind = .scalar
        scalar = value
    }

    /// A new last item.
    func item() -> JSONBox {
        items.append(JSONBox())
        return items[items.count - 1]
    }

    /// The value of a key; encoders may ask for one twice.
    func member(_ key: String) -> JSONBox {
        if let known = members.first(where: { $0.key == key }) { return known.box }
        let box = JSONBox()
        members.append((key, box))
        return box
    }

    func encode(_ value: some Encodable, at path: [any CodingKey]) throws {
        try value.encode(to: BoxEncoder(box: self, codingPath: path))
    }

    func set(_ integer: some BinaryInteger, at path: [any CodingKey]) throws {
        guard let integer = Int64(exactly: integer) else {
            let context = EncodingError.Context(codingPath: path, debugDescription: "\(integer) is beyond 64 bits")
            throw EncodingError.invalidValue(integer, context)
        }
        set(.integer(integer))
    }
}

private struct BoxEncoder: Encoder {
    let box: JSONBox
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(BoxMembers(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.beList()
        return BoxItems(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { BoxScalar(box: box, codingPath: codingPath) }
}

private struct BoxScalar: SingleValueEncodingContainer {
    let box: JSONBox
    let codingPath: [any CodingKey]

    func encodeNil() { box.set(.null) }
    func encode(_ value: Bool) { box.set(.boolean(value)) }
    func encode(_ value: String) { box.set(.string(value)) }
    func encode(_ value: Double) { box.set(.number(value)) }
    func encode(_ value: Float) { box.set(.number(Double(value))) }
    func encode(_ value: Int) throws { try box.set(value, at: codingPath) }
    func encode(_ value: Int8) throws { try box.set(value, at: codingPath) }
    func encode(_ value: Int16) throws { try box.set(value, at: codingPath) }
    func encode(_ value: Int32) throws { try box.set(value, at: codingPath) }
    func encode(_ value: Int64) throws { try box.set(value, at: codingPath) }
    func encode(_ value: UInt) throws { try box.set(value, at: codingPath) }
    func encode(_ value: UInt8) throws { try box.set(value, at: codingPath) }
    func encode(_ value: UInt16) throws { try box.set(value, at: codingPath) }
    func encode(_ value: UInt32) throws { try box.set(value, at: codingPath) }
    func encode(_ value: UInt64) throws { try box.set(value, at: codingPath) }
    func encode(_ value: some Encodable) throws { try box.encode(value, at: codingPath) }
}

private struct BoxItems: UnkeyedEncodingContainer {
    let box: JSONBox
    let codingPath: [any CodingKey]
    var count: Int { box.count }

    private var next: BoxScalar { BoxScalar(box: box.item(), codingPath: codingPath) }

    func encodeNil() { next.encodeNil() }
    func encode(_ value: Bool) { next.encode(value) }
    func encode(_ value: String) { next.encode(value) }
    func encode(_ value: Double) { next.encode(value) }
    func encode(_ value: Float) { next.encode(value) }
    func encode(_ value: Int) throws { try next.encode(value) }
    func encode(_ value: Int8) throws { try next.encode(value) }
    func encode(_ value: Int16) throws { try next.encode(value) }
    func encode(_ value: Int32) throws { try next.encode(value) }
    func encode(_ value: Int64) throws { try next.encode(value) }
    func encode(_ value: UInt) throws { try next.encode(value) }
    func encode(_ value: UInt8) throws { try next.encode(value) }
    func encode(_ value: UInt16) throws { try next.encode(value) }
    func encode(_ value: UInt32) throws { try next.encode(value) }
    func encode(_ value: UInt64) throws { try next.encode(value) }
    func encode(_ value: some Encodable) throws { try next.encode(value) }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        superEncoder().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { superEncoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { BoxEncoder(box: box.item(), codingPath: codingPath) }
}

private struct BoxMembers<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: JSONBox
    let codingPath: [any CodingKey]

    private func scalar(_ key: some CodingKey) -> BoxScalar {
        BoxScalar(box: box.member(key.stringValue), codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { scalar(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) { scalar(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { scalar(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) { scalar(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) { scalar(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) throws { try scalar(key).encode(value) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try scalar(key).encode(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        superEncoder(forKey: key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        superEncoder(forKey: key).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { BoxEncoder(box: box.member("super"), codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder {
        BoxEncoder(box: box.member(key.stringValue), codingPath: codingPath + [key])
    }
}
