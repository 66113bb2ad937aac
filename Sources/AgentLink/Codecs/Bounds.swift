/// How much of anything may cross the link in one message.
enum Bounds {
    static let hosts_max = 4_096
    static let variables_max = 256
    static let variableKeyBytes_max = 64
    static let variableValueBytes_max = 4_096
    static let checks_max = 64
    static let checkNameBytes_max = 128
    static let checkTextBytes_max = 2_048
    static let headerRules_max = 20
    static let labelRules_max = 20
    static let logLines_max = 1_000_000
    /// About three years.
    static let checkAge_ms_max: UInt64 = 100_000_000_000
    static let arguments_max = 64
    static let argumentBytes_max = 4_096
    static let referenceBytes_max = 1_024
    static let failures_max = 100
    static let ruleNameBytes_max = 128
    /// 200 characters, as patterns have at most.
    static let patternBytes_max = 800
    static let lookups_max = 32

    static let steps_max = 64
    static let outputTailBytes_max = 2_048
    static let links_max = 8
    static let linkBytes_max = 1_024
    static let warnings_max = 64
    static let sentenceBytes_max = 2_048
    static let reasonBytes_max = 512
    static let codeBytes_max = 64
    static let findingBytes_max = 2_048

    static let services_max = 256
    static let newestOrders_max = 256
    static let heldBundles_max = 64
    static let versionTextBytes_max = 64
    static let certificateRequestBytes_max = 8 << 10
    static let certificateChainBytes_max = 64 << 10
    static let authorityBytes_max = 4 << 10
    static let orderKeys_max = 16
    static let orderKeyBytes_max = 4 << 10
    static let secretBytes = 32
    static let addressBytes_max = 300
    static let grantBytes_max = 4 << 10
    static let bundleRanges_max = 512
    static let neighbours_max = 8

    /// The end of the year 9999.
    static let unix_ms_max: Int64 = 253_402_300_799_999
}

extension String {
    /// The longest beginning of whole characters that has at most so many bytes, with NULs taken out: an agent's words
    /// must never make its answer undeliverable.
    func clipped(bytes_max: Int) -> String {
        if utf8.count <= bytes_max, !utf8.contains(0) { return self }
        var clipped = ""
        var bytes = 0
        for character in self where character != "\0" {
            bytes += character.utf8.count
            guard bytes <= bytes_max else { break }
            clipped.append(character)
        }
        return clipped
    }
}
