/// Which old releases go. Decides only.
enum ReleasePruning {
    struct Release: Hashable {
        let name: String
        let bytes: Int
        /// Current, or what the way back needs.
        let isNeeded: Bool
    }

    /// - Parameters:
    ///   - releases: the oldest first.
    ///   - count_max: of all releases.
    ///   - space_bytes: of those that are not needed; nil: any.
    /// - Returns: the names of those that go, the oldest first.
    static func superfluous(_ releases: [Release], count_max: Int, space_bytes: Int?) -> [String] {
        var rest = releases.filter { !$0.isNeeded }
        var names: [String] = []
        func isOver() -> Bool {
            releases.count - names.count > count_max
                || rest.reduce(0) { $0.addingReportingOverflow($1.bytes).partialValue } > space_bytes ?? .max
        }
        while let oldest = rest.first, isOver() {
            names.append(oldest.name)
            rest.removeFirst()
        }
        return names
    }
}
