import StructuredText
import TimeAndChance
import TrainModel

/// `hosts:` of one level of a plan.
struct HostSettings {
    var batch: Located<Share>?
    var unavailable_max: Located<Share>?
    var timeout: Interval?

    func filled(from outer: HostSettings) -> HostSettings {
        HostSettings(
            batch: batch ?? outer.batch,
            unavailable_max: unavailable_max ?? outer.unavailable_max,
            timeout: timeout ?? outer.timeout
        )
    }

    var rollout: Rollout {
        let batch = batch?.value ?? .count(1)
        return Rollout(
            batch: batch,
            unavailable_max: unavailable_max?.value ?? batch,
            timeout: timeout ?? .minutes(10)
        )
    }

    /// A batch that can never be out of service as a whole is a mistake in one of two numbers.
    func checkTogether(_ problems: ProblemCollector) {
        guard let batch, let unavailable_max else { return }
        let isTooLarge =
            switch (batch.value, unavailable_max.value) {
            case (.count(let batch), .count(let limit)), (.percent(let batch), .percent(let limit)): batch > limit
            // How they compare depends on the size of a region.
            case (.count, .percent), (.percent, .count): false
            }
        guard isTooLarge else { return }
        problems.add(
            max(batch.place, unavailable_max.place),
            .batchTooLarge,
            "a batch of \(batch.value) can never be updated at once while \"max_unavailable\" is \(unavailable_max.value)",
            remedy: "make \"batch\" smaller or \"max_unavailable\" larger"
        )
    }
}

extension Shape where Value == HostSettings {
    static var hosts: Shape {
        .mapping { fields in
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
                timeout: fields.optional(
                    "timeout",
                    .interval(in: .seconds(1) ... .days(1)),
                    "How long a host may take from accepting an order to its final answer."
                )
            )
        }
    }
}
