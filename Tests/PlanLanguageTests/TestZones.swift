import Calendars

/// The zones of the examples, by the rules that the database has for them, so that the tests need no database.
enum TestZones {
    struct Unknown: Error, CustomStringConvertible { let description = "no such zone" }

    static func read(_ name: String) throws -> Zone {
        let rules = [
            "America/New_York": "EST5EDT,M3.2.0,M11.1.0", "Asia/Kolkata": "IST-5:30",
            "Europe/Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
        ]
        guard let rule = rules[name], let zone = Zone(text: "\(name) \(rule)") else { throw Unknown() }
        return zone
    }
}
