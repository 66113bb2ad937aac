/// The points of checklists, as people name them.
extension ReleaseView {
    /// The points that a person means by `all`, by a number from 1, or by a point's own words. What is none of these stays
    /// as it is, and the controller refuses it with the points that there are.
    ///
    /// - Parameters:
    ///   - kinds: of the gates that the act is for.
    ///   - subject: `stage/wave` or `stage/wave/region`, or the last part of it; empty: whatever waits.
    ///   - role: of a vote; where it is empty, only a vote with one role has points.
    public func points(
        ticked: [String],
        at kinds: [Hold.Kind],
        subject: String,
        role: String = ""
    ) -> [String] {
        var points: [String] = []
        for gate in gates
        where [.waiting, .closed].contains(gate.state) && kinds.contains(gate.kind) && gate.isNamed(subject) {
            for point in gate.checklist(of: role) where !points.contains(point) { points.append(point) }
        }
        if ticked == ["all"] { return points }
        return ticked.map { text in
            guard let number = Int(text), points.indices.contains(number - 1), !points.contains(text) else {
                return text
            }
            return points[number - 1]
        }
    }
}

extension GateView {
    fileprivate func isNamed(_ text: String) -> Bool {
        text.isEmpty || subject == text || name == text || subject.hasSuffix("/\(text)")
    }

    fileprivate func checklist(of role: String) -> [String] {
        guard kind == .vote else { return checklist }
        let voting = roles.filter { $0.name == role || (role.isEmpty && roles.count == 1) }
        return voting.flatMap(\.checklist)
    }
}
