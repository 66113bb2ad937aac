import OrderedCollections
import TimeAndChance
import TrainModel

/// Release notes: the difference between what runs and what goes out, in changes.
extension Train {
    /// How many changes a notice lists.
    private static let listed_max = 50

    /// `from` nil: nothing ran before, and only `to`'s own changes are listed.
    public func releaseNotes(
        of artifact: ArtifactName,
        in plan: PlanName? = nil,
        from: Version?,
        to: Version
    ) -> ReleaseNotesView {
        let versions = state.artifacts.values.filter { $0.artifact.name == artifact }
        let target = versions.lastIndex { $0.artifact.version == to }
        let start = versions.lastIndex { $0.artifact.version == from }
        var (added, removed): ([Change], [Change]) = ([], [])
        if let target {
            if let start, start > target {
                removed = changes(of: versions[(target + 1)...start], in: plan)
            } else {
                added = changes(of: versions[(start.map { $0 + 1 } ?? target)..<(target + 1)], in: plan)
            }
        }
        let tickets = OrderedSet((added + removed).map(\.ticket).filter { !$0.isEmpty })
        return ReleaseNotesView(
            artifact: artifact,
            from: from,
            to: to,
            added: added,
            removed: removed,
            tickets: Array(tickets)
        )
    }

    /// Newest first, each once. An artifact that names no changes has those of its candidates.
    private func changes(of records: ArraySlice<ArtifactRecord>, in plan: PlanName?) -> [Change] {
        var found: OrderedDictionary<String, Change> = [:]
        for record in records.reversed() {
            let own = record.source.changes
            for change in own.isEmpty ? candidateChanges(of: record.artifact.version, in: plan) : own
            where found[change.id] == nil {
                found[change.id] = change
            }
        }
        return Array(found.values)
    }

    private func candidateChanges(of version: Version, in plan: PlanName?) -> [Change] {
        guard let plan else { return [] }
        let candidates = (state.schedule.candidates[plan] ?? []).map(\.candidate)
        return candidates.last { $0.version == version }?.changes ?? []
    }

    /// What a release brought where it went last, in lines for people.
    func notesLines(of release: ReleaseState) -> [String] {
        guard let region = release.regions.keys.last else { return [] }
        var lines: [String] = []
        var seen: Set<ArtifactName> = []
        for service in release.services(in: region) {
            guard let artifact = release.artifacts[service], seen.insert(artifact.name).inserted else { continue }
            let previous = release.regions[region]?.previous[service]?.version
            guard previous != artifact.version else { continue }
            let notes = releaseNotes(of: artifact.name, in: release.plan.name, from: previous, to: artifact.version)
            lines.append("\(artifact.name) \(previous.map { "\($0) → " } ?? "")\(artifact.version)")
            lines += self.lines(of: notes.added, with: "+") + self.lines(of: notes.removed, with: "-")
            if !notes.tickets.isEmpty { lines.append("tickets: \(notes.tickets.listed)") }
        }
        return lines
    }

    /// What runs by the release where it went last, with its tags, in lines for people; nothing where nothing is tagged.
    func summaryLines(of release: ReleaseState) -> [String] {
        guard let stage = release.plan.stages.last(where: { release.runs($0.name) }) else { return [] }
        let records = stage.waves.flatMap(\.regions).flatMap { region in
            release.services(in: region).compactMap {
                state.deployments.running(TargetKey(region: region, service: $0))
            }
        }.filter { $0.release == release.id && !$0.tags.isEmpty }
        var lines = records.prefix(Self.listed_max).map { record in
            let tags = record.tags.map { "\($0.key) \($0.value)" }.listed
            return "\(record.region) \(record.service): \(record.artifact); \(tags)"
        }
        if records.count > lines.count { lines.append("and \(records.count - lines.count) more") }
        return lines
    }

    private func lines(of changes: [Change], with sign: String) -> [String] {
        var lines = changes.prefix(Self.listed_max).map { change in
            "\(sign) \(change.ticket.isEmpty ? "" : "\(change.ticket) ")\(change.title) (\(change.author))"
        }
        if changes.count > lines.count { lines.append("\(sign) and \(changes.count - lines.count) more") }
        return lines
    }
}
