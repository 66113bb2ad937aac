import Calendars
import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == TrainRule {
    /// When releases leave by themselves, and with what.
    static func train(_ words: Vocabulary) -> Shape {
        .mapping { fields in
            let name = fields.required(
                "name",
                Shape<TrainName>.name("train"),
                "What the train is called; plans of one train leave together."
            )
            let departs = fields.optional(
                "departs",
                .schedule(words),
                "When it leaves; without it people start releases."
            )
            let load = fields.value("load", .oneOf(LoadWord.self), default: .newest, "What a departing release takes.")
            let candidates = fields.optional(
                "candidates",
                .candidates(words),
                "Points at which everything merged is collected."
            )
            let arrivals = fields.optional("arrivals", .arrivals, "A registry whose new tags become releases.")
            let atLeastEvery = fields.optional(
                "at_least_every",
                .interval(in: .hours(1) ... .days(365)),
                "Without a release for so long there is an alarm."
            )
            if load != .newest, !fields.has("candidates") {
                fields.problems.add(
                    fields.place(of: "load"),
                    .contradiction,
                    "\(load.rawValue) needs candidates, and the train has none",
                    remedy: "add \"candidates\", or write \"load: newest\""
                )
            }
            guard let name else { return nil }
            var train = TrainRule(name: name)
            train.departs = departs
            train.load = load.load
            train.candidates = candidates
            train.arrivals = arrivals
            train.atLeastEvery = atLeastEvery
            return train
        }
    }
}

private enum LoadWord: String, CaseIterable {
    case newest
    case newestCandidate = "newest_candidate"
    case newestVerified = "newest_verified"

    var load: TrainRule.Load {
        switch self {
        case .newest: .newest
        case .newestCandidate: .newestCandidate
        case .newestVerified: .newestVerified
        }
    }
}

extension Shape where Value == CandidateRule {
    fileprivate static func candidates(_ words: Vocabulary) -> Shape {
        .mapping { fields in
            let zone = fields.optional("zone", .zone(words), "The time zone of the cut and of the tags' dates.")
            var inner = words
            inner.zone = zone ?? words.zone
            let cut = fields.optional("cut", .schedule(inner), "When a candidate is cut; without it only by hand.")
            let repository = fields.required("repository", .label, "A repository of the controller's configuration.")
            let branch = fields.value("branch", .label, default: "main", "The branch whose changes are collected.")
            guard let repository else { return nil }
            return CandidateRule(cut: cut, zone: inner.zone, repository: repository, branch: branch)
        }
    }
}

extension Shape where Value == ArrivalRule {
    fileprivate static var arrivals: Shape {
        .mapping { fields in
            let registry = fields.required("registry", .controllerURL, "Where the registry is.")
            let repository = fields.required("repository", .label, "The repository in it.")
            let artifact = fields.required("artifact", Shape<ArtifactName>.name("artifact"), "What a new tag becomes.")
            let tag = fields.required("tag", .pattern, "What a whole tag must look like; others are left alone.")
            let every = fields.value(
                "every",
                .interval(in: .seconds(1) ... .hours(1)),
                default: .seconds(30),
                "How often it is looked at."
            )
            let deployedWithin = fields.value(
                "deployed_within",
                .interval(in: .seconds(10) ... .days(7)),
                default: .minutes(30),
                "A tag that is not deployed by then is an alarm."
            )
            guard let registry, let repository, let artifact, let tag else { return nil }
            return ArrivalRule(
                registry: registry,
                repository: repository,
                artifact: artifact,
                tagPattern: tag,
                every: every,
                deployedWithin: deployedWithin
            )
        }
    }
}

/// What becomes of an older release that waits when a newer one is created.
enum NewerReleaseWord: String, CaseIterable {
    case supersedesWaiting = "supersedes_waiting"
    case isRefused = "is_refused"

    var rule: NewerReleaseRule { self == .isRefused ? .isRefused : .supersedesWaiting }
}

/// `description: required`.
enum DescriptionWord: String, CaseIterable {
    case required, optional
}
