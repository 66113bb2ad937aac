/// When a certificate may be used, both ends included, in seconds since 1970-01-01 00:00 UTC.
public struct Validity: Hashable, Sendable {
    public let notBefore_unix_s: Int64
    public let notAfter_unix_s: Int64

    /// - Throws: `CryptographyError` with code `invalidValidity` unless 1950 <= not-before < not-after <= 9999, the
    ///   years that certificates can write.
    public init(notBefore_unix_s: Int64, notAfter_unix_s: Int64) throws {
        guard Self.writable_unix_s.contains(notBefore_unix_s), Self.writable_unix_s.contains(notAfter_unix_s),
            notBefore_unix_s < notAfter_unix_s
        else {
            throw CryptographyError(
                .invalidValidity,
                in: "certificate",
                "Validity from \(notBefore_unix_s) to \(notAfter_unix_s) (unix seconds) is empty or beyond year 9999.",
                remedy: "Check the clock and the configured lifetime."
            )
        }
        self.notBefore_unix_s = notBefore_unix_s
        self.notAfter_unix_s = notAfter_unix_s
    }

    /// Begins five minutes before `now_unix_s`, since peers' clocks differ, and ends `lifetime_s` after it.
    public static func starting(now_unix_s: Int64, lifetime_s: Int64) throws -> Validity {
        let (end, overflow) = now_unix_s.addingReportingOverflow(lifetime_s)
        let (start, underflow) = now_unix_s.subtractingReportingOverflow(clockDifference_s)
        return try Validity(notBefore_unix_s: underflow ? .min : start, notAfter_unix_s: overflow ? .max : end)
    }

    public func contains(unix_s: Int64) -> Bool {
        (notBefore_unix_s...notAfter_unix_s).contains(unix_s)
    }

    private static let clockDifference_s: Int64 = 300
    /// 1950-01-01 00:00:00 to 9999-12-31 23:59:59 UTC.
    private static let writable_unix_s: ClosedRange<Int64> = -631_152_000...253_402_300_799
}
