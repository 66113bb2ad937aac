/// Inputs that are drawn by seeds: a hundred times as many where a long run is asked for. Each seed stands for itself, so
/// that what it lost can be tried again.
public struct Trials: Sendable {
    private static let long_times = 100

    private let name: String
    private let count: Int

    public init(_ name: String, few: Int) {
        self.name = name
        count = LongRun.size(few, long: few * Self.long_times)
    }

    /// - Parameter body: returns what was lost; what it throws is lost, too.
    /// - Returns: what was lost, one sentence each, with its seed.
    public func run(_ body: (_ seed: UInt64) async throws -> String?) async -> [String] {
        var losses: [String] = []
        for seed in 0..<UInt64(count) {
            do {
                if let loss = try await body(seed) { losses.append("seed \(seed): \(loss)") }
            } catch {
                losses.append("seed \(seed): \(error)")
            }
            // Others share the few threads that tests run on.
            await Task.yield()
        }
        if LongRun.isAsked { LongRun.tell(name, count, "tried", lost: losses.count) }
        return losses
    }
}
