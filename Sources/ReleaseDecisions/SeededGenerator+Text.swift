import TimeAndChance

extension SeededGenerator {
    /// Chance that is the same for the same text in every history (FNV-1a of its bytes).
    init(of text: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.init(seed: hash)
    }
}
