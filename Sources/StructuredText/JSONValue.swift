/// A JSON value to be written.
public enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    /// Written digit by digit, also beyond 2^53.
    case integer(Int64)
    /// The shortest decimal that reads back the same; what JSON cannot hold (infinities, not a number) becomes `null`.
    case number(Double)
    case string(String)
    case list([JSONValue])
    /// Keys in the order to be written, unless sorted ones are asked for. No key may stand twice.
    case object([Member])

    public struct Member: Equatable, Sendable {
        public let key: String
        public let value: JSONValue

        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// An object without the keys whose value is nil.
    public static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { key, value in value.map { Member(key, $0) } })
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
