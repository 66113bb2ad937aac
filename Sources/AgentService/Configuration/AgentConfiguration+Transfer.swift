import AgentLink
import StructuredText

extension Shape where Value == TransferRates {
    static var transferRates: Shape {
        .mapping { fields in
            // rate: at most so much a second, inside of the window where there is one.
            let rate = fields.value("rate", .rate, default: .unlimited)
            // window: from one time of the host's day to another.
            let window = fields.optional("window", .window)
            // rate_outside: at most so much a second at other times; 0: nothing is fetched then.
            let rateOutside = fields.value("rate_outside", .rate, default: .unlimited)
            let place = fields.place(of: fields.has("rate_outside") ? "rate_outside" : "rate")
            if window == nil, fields.has("rate_outside") {
                fields.problems.add(
                    place,
                    .badValue,
                    "rate_outside needs a window to be outside of",
                    remedy: "add window:"
                )
            }
            if rate == .none {
                fields.problems.add(
                    fields.place(of: "rate"),
                    .badValue,
                    "rate must be more than 0: with nothing ever fetched nothing could be deployed",
                    remedy: "leave it out, or say rate_outside: 0 beside a window"
                )
            }
            return TransferRates(rate: rate, window: window, rateOutside: rateOutside)
        }
    }
}

extension Shape where Value == TransferRates.Rate {
    fileprivate static var rate: Shape {
        Shape<Int>.bytesPerSecond(in: 0...100 << 30).map { rate_bytes_s in
            switch rate_bytes_s {
            case 0: .none
            // A chunk a minute and less would look like a broken connection.
            default: .bytes_s(max(rate_bytes_s, 16 << 10))
            }
        }
    }
}

extension Shape where Value == TransferRates.Window {
    fileprivate static var window: Shape {
        .text("times such as \"22:00-06:00\"") { text, place, label, problems in
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(minute)
            guard ends.count == 2, let from = ends[0], let to = ends[1], from != to else {
                problems.add(
                    place,
                    .badValue,
                    "\(label) must be two times of the day such as \"22:00-06:00\", not \(Problem.quote(text))"
                )
                return nil
            }
            return TransferRates.Window(from_minute: from, to_minute: to)
        }
    }

    /// Of `22:00`.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard parts.count == 2, areDigits, let hours = Int(parts[0]), let minutes = Int(parts[1]), hours < 24,
            minutes < 60
        else {
            return nil
        }
        return hours * 60 + minutes
    }
}

extension Shape where Value == AgentConfiguration.Share {
    private static var rates_bytes_s: ClosedRange<Int> { 64 << 10...100 << 30 }

    static var share: Shape {
        .mapping { fields in
            // listen: address and port of this machine.
            let listen = fields.required("listen", .networkAddress)
            // address: host:port under which hosts of the region reach it.
            let address = fields.required("address", .networkAddress)
            // rate: at most so much a second to all of them together.
            let rate_bytes_s = fields.optional("rate", .bytesPerSecond(in: rates_bytes_s))
            guard let listen, let address else { return nil }
            return Value(listen: listen, address: address, rate_bytes_s: rate_bytes_s)
        }
    }
}

extension Shape where Value == NetworkAddress {
    fileprivate static var networkAddress: Shape {
        .text("host:port") { text, place, label, problems in
            if let address = NetworkAddress(text) { return address }
            problems.add(place, .badValue, "\(label) must be host:port, not \(Problem.quote(text))")
            return nil
        }
    }
}
