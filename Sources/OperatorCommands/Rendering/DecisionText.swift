import TrainModel

/// What a person is about to decide on.
enum DecisionText {
    static func lines(
        _ release: ReleaseView,
        kinds: [Hold.Kind],
        subjects: [String],
        _ word: HumanWord
    ) -> [String] {
        let what = subjects.isEmpty ? "" : "   \(subjects.joined(separator: ", "))"
        var table = Table(indent: 2)
        table.add("plan", release.plan.text, release.planDigest.prefix)
        for (service, artifact) in release.artifacts.sorted(by: { $0.key < $1.key }) {
            table.add(service.text, "\(artifact)", artifact.digest.prefix)
        }
        table.add("bound to", word.releaseDigest.hex)
        if let evidence = word.evidenceDigest { table.add("evidence", evidence.hex) }
        let gates = release.gates.filter { $0.state == .waiting && kinds.contains($0.kind) }
        return ["\(release.id)\(what)"] + table.lines + gates.flatMap { checklist(of: $0, ticked: word.ticked) }
    }

    /// Instructions, and each point with its number and whether it is ticked.
    static func checklist(of gate: GateView, ticked: [String] = []) -> [String] {
        var lines: [String] = []
        if !gate.instructions.isEmpty { lines.append("  \(SafeText.line(gate.instructions))") }
        lines += points(gate.checklist, ticked)
        for role in gate.roles where !role.checklist.isEmpty {
            lines.append("  \(SafeText.line(role.name)):")
            lines += points(role.checklist, ticked)
        }
        return lines
    }

    private static func points(_ points: [String], _ ticked: [String]) -> [String] {
        points.enumerated().map { index, point in
            "  [\(ticked.contains(point) ? "x" : " ")] \(index + 1) \(SafeText.line(point))"
        }
    }
}
