import Testing
import TimeAndChance

@testable import Outside

@Suite struct InstantTextTests {
    @Test(
        arguments: [
            ("2026-11-20T09:00:00Z", 1_795_165_200_000), ("2026-11-20T09:00:00.5Z", 1_795_165_200_500),
            ("2026-11-20T09:00:00.123456789Z", 1_795_165_200_123), ("2026-11-20T10:30:00+01:30", 1_795_165_200_000),
            ("2026-11-19T23:00:00.25-10:00", 1_795_165_200_250), ("1970-01-01T00:00:00Z", 0),
        ] as [(String, Int64)]
    )
    func `an instant of RFC 3339 is read to its milliseconds`(text: String, unix_ms: Int64) {
        #expect(Instant(rfc3339: text) == Instant(unix_ms: unix_ms))
    }

    @Test(
        arguments: [
            "", "T", "2026-11-20", "2026-11-20T09:00:00", "2026-13-20T09:00:00Z", "2026-11-20T24:00:00Z",
            "2026-11-20T09:60:00Z", "2026-11-20T9:00:00Z", "2026-11-20T09:00:00.Z", "2026-11-20T09:00:00+25:00",
            "2026-11-20T09:00:00+0100", "2026-11-20T09:00:00ZZ", "2026-11-20T٠٩:00:00Z", "2026-11-20T09:00:00:Z",
        ]
    )
    func `everything else is none`(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }
}
