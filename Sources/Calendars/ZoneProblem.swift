/// Why bytes give no time zone.
public struct ZoneProblem: Error, Hashable, Sendable {
    /// For programs.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case badName = "zone-bad-name"
        case notTZif = "zone-not-tzif"
        case damaged = "zone-damaged"
        case tooOld = "zone-too-old"
        case leapSeconds = "zone-leap-seconds"
        case badRule = "zone-bad-rule"
    }

    public let code: Code
    /// What is wrong, with the zone's name.
    public let sentence: String
    public let remedy: String

    private init(_ code: Code, _ sentence: String, remedy: String) {
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
    }

    private static let reinstall = "install the time zone database anew (package tzdata)"

    static func badName(_ name: String) -> ZoneProblem {
        ZoneProblem(
            .badName,
            "\"\(name.prefix(Zone.nameLength_max))\" cannot be the name of a time zone",
            remedy: "write a name of the time zone database, as Europe/Berlin"
        )
    }

    static func notTZif(_ name: String) -> ZoneProblem {
        ZoneProblem(.notTZif, "the file of time zone \(name) is no TZif file", remedy: reinstall)
    }

    static func damaged(_ name: String, _ what: String) -> ZoneProblem {
        ZoneProblem(.damaged, "the file of time zone \(name) is damaged: \(what)", remedy: reinstall)
    }

    static func tooOld(_ name: String) -> ZoneProblem {
        ZoneProblem(.tooOld, "the file of time zone \(name) has the format of before 2005", remedy: reinstall)
    }

    static func leapSeconds(_ name: String) -> ZoneProblem {
        ZoneProblem(
            .leapSeconds,
            "time zone \(name) counts leap seconds, which no clock of this system does",
            remedy: "name the zone without \"right/\" in front"
        )
    }

    static func badRule(_ name: String, _ rule: String) -> ZoneProblem {
        ZoneProblem(
            .badRule,
            "the file of time zone \(name) ends with the rule \"\(rule.prefix(80))\", which POSIX does not know",
            remedy: reinstall
        )
    }
}
