import TestSupport

/// Histories that are drawn by seeds: few each time, many where somebody has set `WAVETRAIN_TORTURE`.
enum Torture {
    static func seeds(_ count: UInt64, torture: UInt64) -> Range<UInt64> {
        0..<(LongRun.isAsked ? torture : count)
    }
}
