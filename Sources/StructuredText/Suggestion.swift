/// Finds the word that somebody probably meant.
public enum Suggestion {
    /// The candidate nearest to a word, or nil when none is near. Case, `-` and `_` count for little.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let letters = folded(word)
        let distance_max = max(1, letters.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in candidates where candidate != word {
            let others = folded(candidate)
            guard abs(others.count - letters.count) <= distance_max else { continue }
            let distance = distance(letters, others)
            guard distance <= distance_max, distance < (best?.distance ?? .max) else { continue }
            guard distance < max(letters.count, others.count) else { continue }
            best = (candidate, distance)
        }
        return best?.word
    }

    /// `did you mean "window"?`, or nil when no candidate is near.
    public static func remedy(for word: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: word, among: candidates).map { "did you mean \"\($0)\"?" }
    }

    private static func folded(_ word: String) -> [Character] {
        word.lowercased().map { $0 == "-" ? "_" : $0 }
    }

    /// How many letters must be added, dropped, changed or swapped with their neighbour (optimal string alignment).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let change = left[row] == right[column] ? 0 : 1
                var cost = min(last[column] + change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
