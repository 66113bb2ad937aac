import StructuredText
import TimeAndChance
import TrainModel

// The form whose digest names a plan. `docs/plan-language.md` spells it out; a change here changes every digest, so
// a new key is left out where it has its default.

extension Plan {
    var canonicalValue: JSONValue {
        [
            "plan": .string(name.text),
            "services": .list(services.sorted { $0.name < $1.name }.map(\.canonicalValue)),
            "stages": .list(stages.map(\.canonicalValue)),
            "team": .string(team),
            "version": .string(versionPattern),
            "wavetrain": 1,
        ]
    }
}

extension ServicePlan {
    fileprivate var canonicalValue: JSONValue {
        ["artifact": .string(artifact.text), "name": .string(name.text)]
    }
}

extension Stage {
    fileprivate var canonicalValue: JSONValue {
        ["name": .string(name.text), "waves": .list(waves.map(\.canonicalValue))]
    }
}

extension Wave {
    fileprivate var canonicalValue: JSONValue {
        [
            "bake": bake.canonicalValue,
            "before_each_region": .list(regionGates.map(\.canonicalValue)),
            "hosts": rollout.canonicalValue,
            "name": .string(name.text),
            "needs": .list(gates.map(\.canonicalValue)),
            "on_unhealthy": .string(onUnhealthy.spelling),
            "one_by_one": .boolean(oneByOne),
            "regions": .list(regions.map { .string($0.text) }),
            "smoke": .list(checks.map(\.canonicalValue)),
            "variables": .object(variables.map { JSONValue.Member($0.key, .string($0.value)) }),
        ]
    }
}

extension Wave {
    /// What each order of the wave carries, whatever its hosts.
    var orderPart_bytes: Int {
        let checks = JSONValue.list(checks.map(\.canonicalValue))
        let variables = JSONValue.object(variables.map { JSONValue.Member($0.key, .string($0.value)) })
        return JSONText.canonical(checks).count + JSONText.canonical(variables).count
    }
}

extension Gate {
    fileprivate var canonicalValue: JSONValue {
        switch self {
        case .approval(let rule):
            [
                "approval": [
                    "by": .list(rule.groups.sorted().map { .string($0.text) }),
                    "not_author": .boolean(rule.notAuthor),
                    "quorum": .integer(Int64(rule.quorum)),
                ]
            ]
        }
    }
}

extension Rollout {
    fileprivate var canonicalValue: JSONValue {
        [
            "batch": .string(batch.description),
            "max_unavailable": .string(unavailable_max.description),
            "timeout_ms": timeout.canonicalValue,
        ]
    }
}

extension Bake {
    fileprivate var canonicalValue: JSONValue {
        [
            "every_ms": every.canonicalValue,
            "for_ms": duration.canonicalValue,
            "minimum_samples": .integer(Int64(samples_min)),
            "unhealthy_above_bp": .integer(Int64(unhealthy_max_bp)),
        ]
    }
}

extension Check {
    fileprivate var canonicalValue: JSONValue {
        [
            "check": kind.canonicalValue,
            "every_ms": every.canonicalValue,
            "for_ms": limit.canonicalValue,
            "level": .string(level.rawValue),
            "name": .string(name),
            "within_ms": within.canonicalValue,
        ]
    }
}

extension Check.Kind {
    fileprivate var canonicalValue: JSONValue {
        switch self {
        case .http(let url, let status, let bodyContains):
            [
                "http": [
                    "contains": .string(bodyContains), "status": .integer(Int64(status)), "url": .string(url),
                ]
            ]
        case .tcp(let address): ["tcp": .string(address)]
        case .command(let arguments): ["command": .list(arguments.map { .string($0) })]
        case .runningVersion: ["running_version": "matches"]
        }
    }
}

extension Interval {
    fileprivate var canonicalValue: JSONValue { .integer(ms) }
}
