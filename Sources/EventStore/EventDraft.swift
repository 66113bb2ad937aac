import TimeAndChance

/// An event that has no place in the log yet.
///
/// A draft that exists can be appended: everything that could be refused is refused here, so that a controller that
/// has already stepped its state is never left with an event the log will not take.
public struct EventDraft: Hashable, Sendable {
    public static let kind_bytes_max = 64
    public static let body_bytes_max = 4 << 20

    public let time: Instant
    /// 1 to 64 of the characters `a-z 0-9 . _ -`.
    public let kind: String
    /// One JSON object as UTF-8 on one line, at most 4 MiB and 32 levels deep, no key twice. The store keeps these
    /// bytes as they are; whoever reads an export reads them strictly.
    public let body: [UInt8]

    /// Throws `invalidDraft` when the kind or the body is not as described on the properties.
    public init(time: Instant, kind: String, body: [UInt8]) throws(EventStoreError) {
        if let fault = Self.fault(inKind: kind) ?? Self.fault(inBody: body) {
            throw EventStoreError(
                .invalidDraft,
                fault,
                place: "event of kind \"\(kind.prefix(Self.kind_bytes_max))\"",
                remedy: "This is a mistake in the program that writes the event; please report it"
            )
        }
        self.time = time
        self.kind = kind
        self.body = body
    }

    private static func fault(inKind kind: String) -> String? {
        guard (1...kind_bytes_max).contains(kind.utf8.count) else {
            return "a kind has 1 to \(kind_bytes_max) characters"
        }
        return kind.utf8.allSatisfy(isKindCharacter) ? nil : "a kind is written with a-z, 0-9, '.', '_' and '-'"
    }

    /// What would break the one-record-a-line export; whether the JSON is well formed is the writer's business.
    private static func fault(inBody body: [UInt8]) -> String? {
        guard body.count <= body_bytes_max else { return "a body has at most \(body_bytes_max) bytes" }
        guard body.first == UInt8(ascii: "{"), body.last == UInt8(ascii: "}"), body.count >= 2 else {
            return "a body is one JSON object"
        }
        guard !body.contains(where: { $0 < 0x20 }) else { return "a body has no line breaks or control characters" }
        return String(validating: body, as: UTF8.self) == nil ? "a body is UTF-8" : nil
    }

    static func isKindCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
