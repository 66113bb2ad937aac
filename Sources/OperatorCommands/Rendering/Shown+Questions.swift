import TimeAndChance
import TrainModel

extension Shown {
    static func notes(_ notes: [ReleaseNotesView]) -> Shown { .view(notes, lines: NotesText.lines(notes)) }

    static func deployments(_ found: FoundDeployments) -> Shown {
        guard !found.deployments.isEmpty else { return .view(found, lines: ["nothing was deployed like that"]) }
        var table = Table(header: ["region", "service", "version", "stage", "release", "since", "until", "tags"])
        for record in found.deployments {
            table.add(
                record.region.text,
                record.service.text,
                record.artifact.version.text,
                record.stage.text,
                record.release.text,
                TimeText.minute(record.at),
                record.until.map(TimeText.minute) ?? "",
                record.tags.map { SafeText.line("\($0.key)=\($0.value)") }.joined(separator: " ")
            )
        }
        let more = found.left_off > 0 ? ["and \(found.left_off) more; ask for less"] : []
        return .view(found, lines: table.lines + more)
    }

    static func found(_ releases: [ReleaseID]) -> Shown {
        .view(releases, lines: releases.isEmpty ? ["no release has that tag"] : releases.map(\.text))
    }

    static func acts(_ acts: [ManualActView]) -> Shown {
        guard !acts.isEmpty else { return .view(acts, lines: ["nothing has been done by hand yet"]) }
        var table = Table(header: ["took", "longest", "times", "plan", "act", "about", "by"])
        for act in acts {
            table.add(
                TimeText.length(act.took),
                TimeText.length(act.longest),
                "\(act.count)",
                act.plan.text,
                act.kind.rawValue,
                SafeText.line(act.subject),
                act.people.map(\.text).joined(separator: ", ")
            )
        }
        return .view(acts, lines: table.lines)
    }

    static func attestations(_ attestations: [AttestationView]) -> Shown {
        guard !attestations.isEmpty else { return .view(attestations, lines: ["nothing has been attested"]) }
        var table = Table(header: ["attestation", "about", "predicate", "by", "true at", "says"])
        for view in attestations {
            let word = view.attestation
            let fields = word.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            var says = SafeText.line((fields + [word.note]).filter { !$0.isEmpty }.joined(separator: " "))
            if let reason = view.revoked { says = "revoked: \(SafeText.line(reason))" }
            table.add(
                view.id.hex,
                SafeText.line(view.subjectWords),
                word.predicate.text,
                view.by.text,
                TimeText.minute(word.about),
                says
            )
        }
        return .view(attestations, lines: table.lines)
    }
}

extension AttestationView {
    fileprivate var subjectWords: String {
        switch attestation.subject {
        case .change(let id): "change \(id)"
        case .artifact(let digest):
            artifacts.isEmpty ? digest.prefix : artifacts.map(\.description).joined(separator: ", ")
        }
    }
}
