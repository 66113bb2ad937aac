import Calendars
import TimeAndChance
import TrainModel

/// What `{name}` stands for where something is deployed. The compiler has refused unknown names; a text with one stays as
/// it is.
struct Placeholders {
    private var values: [String: String] = [:]

    /// `artifact`: what is put there; `previous`: what it takes the place of. `at`: the day of `{date}`, in UTC.
    init(
        _ release: ReleaseState,
        in region: RegionName,
        at position: WavePosition,
        of service: ServiceName,
        _ artifact: Artifact,
        previous: Artifact?,
        reference: String,
        at instant: Instant
    ) {
        let (stage, wave) = release.wave(at: position)
        self.init(release, stage.name, wave.name, region, service, at: instant)
        values["version"] = artifact.version.text
        values["artifact"] = artifact.name.text
        values["previous"] = previous?.version.text ?? ""
        values["reference"] = reference
    }

    /// Where the outside is asked. `region`: nil for a whole wave; `service`: nil where it could be any of several.
    init(
        _ release: ReleaseState,
        _ stage: StageName,
        _ wave: WaveName,
        _ region: RegionName?,
        _ service: ServiceName?,
        at instant: Instant
    ) {
        values["plan"] = release.plan.name.text
        values["release"] = release.id.text
        values["number"] = release.number
        // Empty for a service of the wave that the release leaves out.
        values["version"] = service.map { release.artifacts[$0]?.version.text ?? "" }
        values["artifact"] = service.flatMap { release.rules(of: $0)?.artifact.text }
        values["service"] = service?.text
        values["stage"] = stage.text
        values["wave"] = wave.text
        values["region"] = region?.text
        values["candidate"] = release.candidate?.tag.text ?? ""
        values["author"] = release.author.text
        values["date"] = Self.date(instant)
    }

    func fill(_ text: String) -> String { PlaceholderText.filled(text) { values[$0] } ?? text }

    func fill(question text: String) -> String { QuestionText.filled(text) { values[$0] } }

    func fill(_ question: Probe.Kind) -> Probe.Kind { question.filled { values[$0] } }

    /// `20261120`.
    private static func date(_ instant: Instant) -> String {
        Zone.utc.local(at: instant).date.description.filter { $0 != "-" }
    }
}

extension ReleaseState {
    /// `7` of `shop-7`.
    var number: String { String(id.text.dropFirst(plan.name.text.utf8.count + 1)) }

    /// With their placeholders: the plan's, under the wave's, the service's and the release's own.
    func tags(of service: ServiceName, in wave: Wave) -> [Tag] {
        plan.tags.overridden(by: wave.tags).overridden(by: rules(of: service)?.tags ?? []).overridden(by: tags)
    }

    /// The plan's rules of a service; nil: it is another plan's.
    func rules(of service: ServiceName) -> ServicePlan? { plan.services.first { $0.name == service } }
}

extension [Variable] {
    /// Later ones take the place of earlier ones with the same key; sorted by key.
    func overridden(by others: [Variable]) -> [Variable] {
        let keys = Set(others.map(\.key))
        return (filter { !keys.contains($0.key) } + others).sorted { $0.key < $1.key }
    }
}

extension [Tag] {
    /// Later ones take the place of earlier ones with the same key; sorted by key.
    func overridden(by others: [Tag]) -> [Tag] {
        let keys = Set(others.map(\.key))
        return (filter { !keys.contains($0.key) } + others).sorted { $0.key < $1.key }
    }
}
