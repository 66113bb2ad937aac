import Foundation

/// Tests that draw or walk through a great many cases: few of them each time, many where `make torture` asks for it.
/// What they tell becomes a row of its table.
public enum LongRun {
    public static let isAsked = ProcessInfo.processInfo.environment["WAVETRAIN_TORTURE"] != nil

    public static func size(_ usual: Int, long: Int) -> Int { isAsked ? long : usual }

    /// - Parameters:
    ///   - kind: of what was tried, such as `kills`.
    ///   - lost: of those, how many were not survived.
    public static func tell(_ name: String, _ count: Int, _ kind: String, lost: Int) {
        print("torture: \(name): \(count) \(kind), \(lost) lost")
    }
}
