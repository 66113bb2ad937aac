import TimeAndChance
import TrainModel

/// FNV-1a of 64 bits: the same on every machine, and no secret.
struct TextHash: Sendable {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ text: String = "") {
        add(text)
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        // Keeps "a", "b" apart from "ab".
        value = (value ^ 0xff) &* 0x100_0000_01b3
    }
}

extension SeededGenerator {
    /// Chance of its own for each thing, so that a fault here changes no draw elsewhere.
    init(seed: UInt64, about text: String) {
        var hash = TextHash("\(seed)")
        hash.add(text)
        self.init(seed: hash.value)
    }
}

extension ClosedRange<Interval> {
    func drawn(_ chance: inout SeededGenerator) -> Interval {
        .milliseconds(.random(in: lowerBound.ms...upperBound.ms, using: &chance))
    }
}

extension Digest {
    /// Different texts give different digests, which is all that decisions can tell of one. Not for anything real.
    public static func simulated(_ text: String) -> Digest {
        var generator = SeededGenerator(seed: TextHash(text).value)
        guard let digest = Digest(bytes: (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
        else { preconditionFailure("a digest has \(byteCount) bytes") }
        return digest
    }
}
