import StructuredText
import TimeAndChance
import TrainModel

/// `bake:` of one level of a plan.
struct BakeSettings {
    var duration: Located<Interval>?
    var every: Located<Interval>?
    var unhealthy: Threshold?
    var samples_min: Located<Int>?
    var silence: Bake.Silence?
    var comparisons: [ComparisonRule]?
    var watchAfter: Interval?

    func filled(from outer: BakeSettings) -> BakeSettings {
        BakeSettings(
            duration: duration ?? outer.duration,
            every: every ?? outer.every,
            unhealthy: unhealthy ?? outer.unhealthy,
            samples_min: samples_min ?? outer.samples_min,
            silence: silence ?? outer.silence,
            comparisons: comparisons ?? outer.comparisons,
            watchAfter: watchAfter ?? outer.watchAfter
        )
    }

    var bake: Bake {
        let duration = duration?.value ?? .zero
        var bake = Bake(
            duration: duration,
            every: every?.value ?? Self.defaultEvery(in: duration),
            unhealthy_max_bp: unhealthy?.above_bp ?? 100,
            samples_min: samples_min?.value ?? 1
        )
        bake.silence = silence ?? .inconclusive
        bake.comparisons = comparisons ?? []
        bake.watchAfter = watchAfter ?? .zero
        return bake
    }

    /// Every 15 seconds, and four times in a bake that is shorter than a minute.
    private static func defaultEvery(in duration: Interval) -> Interval {
        guard duration > .zero else { return .seconds(15) }
        return min(.seconds(15), max(shortest, Interval(ms: duration.ms / 4)))
    }

    fileprivate static let shortest = Interval.milliseconds(100)

    /// Nothing else could ever say that what bakes is unhealthy.
    func checkWatched(by checks: [Check], _ problems: ProblemCollector) {
        let bake = bake
        guard bake.duration > .zero, let duration, !bake.comparisons.contains(where: { $0.source != .samples }),
            !checks.contains(where: { $0.level == .fail })
        else { return }
        let flaw = checks.isEmpty ? "there are no smoke tests" : "all smoke tests are of level warn"
        let sentence = bake.comparisons.isEmpty ? flaw : "\(flaw), which make the samples that are compared"
        problems.add(
            duration.place,
            .bakeWithoutCheck,
            "nothing could say that what bakes is unhealthy: \(sentence)",
            remedy: "add a test of level fail under \"smoke\", "
                + (bake.comparisons.isEmpty ? "or leave \"bake\" out" : "or compare \"errors\" and \"total\"")
        )
    }

    /// A bake that ends before it can have enough samples would never be healthy.
    func checkTogether(_ problems: ProblemCollector) {
        let bake = bake
        let needed = bake.every * Int64(bake.samples_min)
        let places = [duration?.place, every?.place, samples_min?.place].compactMap { $0 }
        guard bake.duration > .zero, needed > bake.duration, let place = places.max() else { return }
        let samples = bake.samples_min == 1 ? "1 sample" : "\(bake.samples_min) samples"
        problems.add(
            place,
            .bakeTooShort,
            "\(samples), one every \(bake.every), take \(needed), longer than the bake of \(bake.duration)",
            remedy: "bake longer, look more often or ask for fewer samples"
        )
    }
}

extension Shape where Value == BakeSettings {
    /// `bake: 30m`, or a mapping of `for`, `every`, `unhealthy` and `minimum`.
    static var bake: Shape {
        let duration = Shape<Interval>.interval(in: .zero ... .days(30)).located
        let pause = Shape<Interval>.interval(in: BakeSettings.shortest ... .hours(1)).located
        let long = Shape.mapping { fields in
            BakeSettings(
                duration: fields.optional("for", duration, "How long health is watched."),
                every: fields.optional("every", pause, "The pause between two samples of one service on one host."),
                unhealthy: fields.optional("unhealthy", .threshold, "More unhealthy samples than this are unhealthy."),
                samples_min: fields.optional(
                    "minimum",
                    Shape<Int>.samples.located,
                    "With fewer samples there is no verdict."
                ),
                silence: fields.optional("silent", .oneOf(), "What a host counts as of which nothing is heard."),
                comparisons: fields.optional("compare", .comparisons, "Rates of errors with the change and without."),
                watchAfter: fields.optional(
                    "watch_after",
                    .interval(in: .zero ... .days(30)),
                    "How long a region is watched after its healthy verdict."
                )
            )
        }
        let short = duration.map { BakeSettings(duration: $0) }
        return either("a length of time, or a mapping of for, every, unhealthy and minimum", short: short, long: long)
            .defined(as: "bake")
    }
}
