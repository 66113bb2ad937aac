import FoundationEssentials
import SwiftProtobuf
import TimeAndChance
import TrainModel

/// Reads single protobuf fields strictly: whatever breaks its rule is a `LinkError` that names the field.
///
/// Zero and empty mean absent in proto3, so a required number is at least 1 and a required text is not empty.
enum Field {
    static func name<Kind>(_ text: String, _ field: StaticString) throws(LinkError) -> Name<Kind> {
        guard !text.isEmpty else { throw .missing(field) }
        guard let name = Name<Kind>(text) else {
            throw .invalid(field, "\(quoted(text)) is no name: \(NameRule.sentence).")
        }
        return name
    }

    static func orderID(_ text: String, _ field: StaticString = "order_id") throws(LinkError) -> OrderID {
        guard !text.isEmpty else { throw .missing(field) }
        guard let id = OrderID(text) else {
            throw .invalid(
                field,
                "\(quoted(text)) is no order id: 1 to \(OrderID.length_max) visible ASCII characters."
            )
        }
        return id
    }

    static func version(_ text: String, _ field: StaticString) throws(LinkError) -> TrainModel.Version {
        guard !text.isEmpty else { throw .missing(field) }
        guard let version = TrainModel.Version(text) else {
            throw .invalid(field, "\(quoted(text)) is no version: \(TrainModel.Version.rule).")
        }
        return version
    }

    static func digest(_ bytes: Data, _ field: StaticString) throws(LinkError) -> Digest {
        guard !bytes.isEmpty else { throw .missing(field) }
        guard let digest = Digest(bytes: bytes) else {
            throw .invalid(field, "A digest has \(Digest.byteCount) bytes, not \(bytes.count).")
        }
        return digest
    }

    /// A counter that begins at 1.
    static func counter<Number: UnsignedInteger>(_ number: Number, _ field: StaticString) throws(LinkError) -> Number {
        guard number > 0 else { throw .missing(field) }
        return number
    }

    static func interval(ms: UInt32, _ field: StaticString) throws(LinkError) -> Interval {
        guard ms > 0 else { throw .missing(field) }
        return Interval(ms: Int64(ms))
    }

    static func instant(unix_ms: Int64, _ field: StaticString) throws(LinkError) -> Instant {
        guard unix_ms != 0 else { throw .missing(field) }
        guard (1...Bounds.unix_ms_max).contains(unix_ms) else {
            throw .bounds(field, "\(unix_ms) ms is not between the years 1970 and 9999.")
        }
        return Instant(unix_ms: unix_ms)
    }

    static func address(_ text: String, _ field: StaticString) throws(LinkError) -> NetworkAddress {
        guard !text.isEmpty else { throw .missing(field) }
        guard text.utf8.count <= Bounds.addressBytes_max, let address = NetworkAddress(text) else {
            throw .invalid(field, "\(quoted(text)) is no host:port.")
        }
        return address
    }

    /// Words for people or programs outside: any characters but NUL, which C would take for the end.
    static func text(_ text: String, bytes_max: Int, _ field: StaticString) throws(LinkError) -> String {
        let utf8 = text.utf8
        guard utf8.count <= bytes_max else {
            throw .bounds(field, "The text has \(utf8.count) bytes and may have \(bytes_max).")
        }
        guard !utf8.contains(0) else { throw .invalid(field, "The text holds a NUL.") }
        return text
    }

    static func requiredText(_ text: String, bytes_max: Int, _ field: StaticString) throws(LinkError) -> String {
        guard !text.isEmpty else { throw .missing(field) }
        return try Self.text(text, bytes_max: bytes_max, field)
    }

    /// A code for programs: visible ASCII.
    static func code(_ text: String, _ field: StaticString = "code") throws(LinkError) -> String {
        guard !text.isEmpty else { throw .missing(field) }
        guard text.utf8.count <= Bounds.codeBytes_max else {
            throw .bounds(field, "A code has at most \(Bounds.codeBytes_max) bytes.")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalid(field, "A code holds visible ASCII characters only.")
        }
        return text
    }

    static func bytes(_ bytes: Data, bytes_max: Int, _ field: StaticString) throws(LinkError) -> [UInt8] {
        guard !bytes.isEmpty else { throw .missing(field) }
        guard bytes.count <= bytes_max else {
            throw .bounds(field, "There are \(bytes.count) bytes and may be \(bytes_max).")
        }
        return [UInt8](bytes)
    }

    /// Reads each element, naming it by its index when it breaks a rule.
    static func list<Wire, Value>(
        _ elements: [Wire],
        count_max: Int,
        _ field: StaticString,
        _ read: (Wire) throws(LinkError) -> Value
    ) throws(LinkError) -> [Value] {
        guard elements.count <= count_max else {
            throw .bounds(field, "The list has \(elements.count) elements and may have \(count_max).")
        }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do throws(LinkError) { values.append(try read(element)) } catch { throw error.inside("\(field)[\(index)]") }
        }
        return values
    }

    /// A program and its arguments.
    static func command(_ wire: [String], _ field: StaticString) throws(LinkError) -> [String] {
        guard let program = wire.first, !program.isEmpty else { throw .missing(field) }
        return try list(wire, count_max: Bounds.arguments_max, field) {
            (argument) throws(LinkError) in try text(argument, bytes_max: Bounds.argumentBytes_max, "")
        }
    }

    /// Reads a message inside a message.
    static func message<Value>(_ field: StaticString, _ read: () throws(LinkError) -> Value) throws(LinkError) -> Value
    {
        do throws(LinkError) { return try read() } catch { throw error.inside("\(field)") }
    }

    /// What is signed must be understood in whole.
    static func refuseUnknown(_ message: some SwiftProtobuf.Message) throws(LinkError) {
        guard message.unknownFields.data.isEmpty else { throw .unknownField }
    }

    private static func quoted(_ text: String) -> String { String(reflecting: String(text.prefix(80))) }
}
