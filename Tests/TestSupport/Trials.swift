import Foundation

/// Inputs that are drawn by seeds: few each time; where somebody has set `WAVETRAIN_TORTURE`, a hundred times as many, or
/// as many times as the number above 1 that it holds.
public struct Trials: Sendable {
    private let name: String
    private let seeds: Range<UInt64>

    public init(_ name: String, few: UInt64) {
        self.name = name
        seeds = 0..<(few * Self.times)
    }

    private static var times: UInt64 {
        guard let text = ProcessInfo.processInfo.environment["WAVETRAIN_TORTURE"] else { return 1 }
        return UInt64(text).flatMap { $0 > 1 ? $0 : nil } ?? 100
    }

    /// Runs all, and returns what was lost, one sentence each with its seed; what is thrown is lost, too.
    public func run(_ body: (UInt64) throws -> String?) -> [String] {
        summed(seeds.compactMap { seed in told(seed) { try body(seed) } })
    }

    public func run(_ body: (UInt64) async throws -> String?) async -> [String] {
        var losses: [String] = []
        for seed in seeds {
            do {
                if let loss = try await body(seed) { losses.append("seed \(seed): \(loss)") }
            } catch {
                losses.append("seed \(seed): \(error)")
            }
        }
        return summed(losses)
    }

    private func told(_ seed: UInt64, _ body: () throws -> String?) -> String? {
        do { return try body().map { "seed \(seed): \($0)" } } catch { return "seed \(seed): \(error)" }
    }

    private func summed(_ losses: [String]) -> [String] {
        if Self.times > 1 { print("torture: \(name): \(seeds.count) tried, \(losses.count) lost") }
        return losses
    }
}
