import Foundation
import StructuredText

/// Reads an answer into a value. Foundation's decoder takes what others refuse (a key twice, text behind the end), so
/// the strict reader goes first: two readers of one answer never see two things.
enum StrictJSON {
    private static let limits = TextLimits(bytes_max: 64 << 20, depth_max: 32)

    static func decode<Value: Decodable>(
        _ bytes: [UInt8],
        from source: String,
        as _: Value.Type = Value.self
    ) throws -> Value {
        let problems = ProblemCollector()
        _ = JSONText.read(bytes, file: source, limits: limits, problems)
        do {
            try problems.check()
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw CommandFailure(
                "the answer to \(source) is not what this version understands: \(SafeText.line("\(error)"))",
                remedy: "use the `wavetrain` of the controller's version"
            )
        }
    }
}
