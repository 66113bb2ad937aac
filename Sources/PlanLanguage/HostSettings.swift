import StructuredText
import TimeAndChance
import TrainModel

/// `hosts:` of one level of a plan.
struct HostSettings {
    var batch: Located<Share>?
    var unavailable_max: Located<Share>?
    var canary: Located<Share>?
    var timeout: Interval?

    func filled(from outer: HostSettings) -> HostSettings {
        HostSettings(
            batch: batch ?? outer.batch,
            unavailable_max: unavailable_max ?? outer.unavailable_max,
            canary: canary ?? outer.canary,
            timeout: timeout ?? outer.timeout
        )
    }

    var rollout: Rollout {
        let batch = batch?.value ?? .count(1)
        return Rollout(
            batch: batch,
            unavailable_max: unavailable_max?.value ?? batch,
            canary: canary?.value,
            timeout: timeout ?? .minutes(10)
        )
    }

    /// A batch that can never be out of service as a whole is a mistake in one of two numbers.
    func checkTogether(_ problems: ProblemCollector) {
        if let canary, let batch, canary.value.isSurelyMore(than: batch.value) {
            problems.add(
                max(canary.place, batch.place),
                .batchTooLarge,
                "a canary of \(canary.value) is more than a batch of \(batch.value)",
                remedy: "make \"canary\" smaller or \"batch\" larger"
            )
        }
        guard let batch, let unavailable_max, batch.value.isSurelyMore(than: unavailable_max.value) else { return }
        problems.add(
            max(batch.place, unavailable_max.place),
            .batchTooLarge,
            "a batch of \(batch.value) can never be updated at once while \"max_unavailable\" is \(unavailable_max.value)",
            remedy: "make \"batch\" smaller or \"max_unavailable\" larger"
        )
    }
}

extension Share {
    /// How a number compares with a percentage depends on the size of a region.
    fileprivate func isSurelyMore(than other: Share) -> Bool {
        switch (self, other) {
        case (.count(let left), .count(let right)), (.percent(let left), .percent(let right)): left > right
        case (.count, .percent), (.percent, .count): false
        }
    }
}

extension Shape where Value == HostSettings {
    static var hosts: Shape {
        Shape.mapping { fields in
            HostSettings(
                batch: fields.optional(
                    "batch",
                    Shape<Share>.share.located,
                    "Hosts of a region that are changed at once."
                ),
                unavailable_max: fields.optional(
                    "max_unavailable",
                    Shape<Share>.share.located,
                    "Hosts of a region that may be out of service at once, for whatever cause."
                ),
                canary: fields.optional(
                    "canary",
                    Shape<Share>.share.located,
                    "Hosts of a region that are changed before all others."
                ),
                timeout: fields.optional(
                    "timeout",
                    .interval(in: .seconds(1) ... .days(1)),
                    "How long a host may take from accepting an order to its final answer."
                )
            )
        }.defined(as: "hosts")
    }
}
