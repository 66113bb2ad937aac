import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Departures: a release for each plan of a train at the schedule's instant, once.
extension Train {
    /// A departure that the controller slept through is made up for when it is not later than this.
    static let lateDeparture_max = Interval.hours(1)

    mutating func departWhenDue(_ name: PlanName, at now: Instant) {
        guard let registered = state.schedule.plans[name], let departs = registered.plan.train?.departs else { return }
        let due = departs.occurrences(from: registered.lastDeparture + .milliseconds(1), to: now + .milliseconds(1))
        if let missed = due.last(where: { now - $0 >= Self.lateDeparture_max }) { miss(missed, registered, at: now) }
        for instant in due where now - instant < Self.lateDeparture_max {
            depart(registered, scheduled: instant, at: now)
        }
        if let next = departs.next(after: now) { observed.look(at: next, .plan(name)) }
    }

    private mutating func miss(_ instant: Instant, _ registered: RegisteredPlan, at now: Instant) {
        let plan = registered.plan
        let reason = "the controller was not running at \(words(instant, of: plan, at: now))"
        note(.failure(Refusal(.conflict, reason)), of: plan, at: instant, by: nil, now)
        raiseAlarm(
            .departureMissed,
            plan.name.text,
            "\(plan.name) did not depart: \(reason); `wavetrain train depart \(plan.name)` lets it leave now",
            at: now
        )
    }

    private mutating func depart(_ registered: RegisteredPlan, scheduled: Instant, at now: Instant) {
        let plan = registered.plan
        guard let train = plan.train else { return }
        let description = "departure of train \(train.name) on \(words(scheduled, of: plan, at: now))"
        let result: Result<ReleaseID, Refusal>
        do throws(Refusal) {
            result = .success(try leave(registered, description: description, by: train.actor, at: now))
        } catch {
            result = .failure(error)
        }
        note(result, of: plan, at: scheduled, by: nil, now)
    }

    private mutating func note(
        _ result: Result<ReleaseID, Refusal>,
        of plan: Plan,
        at instant: Instant,
        by person: PersonName?,
        _ now: Instant
    ) {
        guard let train = plan.train else { return }
        var departed = TrainDeparted(
            train: train.name,
            plan: plan.name,
            at: instant,
            release: nil,
            reason: "",
            by: person
        )
        switch result {
        case .success(let id):
            departed.release = id
            clearAlarm(.departureMissed, plan.name.text, at: now)
        case .failure(let refusal): departed.reason = refusal.sentence
        }
        emit(.trainDeparted(departed), at: now)
    }

    /// By hand: looks at the registry where the plan watches one, and takes what there is to load.
    mutating func departNow(_ name: PlanName, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let registered = try registered(name)
        guard let train = registered.plan.train else {
            throw Refusal(.conflict, "plan \(name) has no train; `wavetrain release start` starts a release of it")
        }
        let watches = train.arrivals != nil
        if watches { lookForTags(of: name, at: now) }
        let description = "departure of train \(train.name) by \(actor.name)"
        do throws(Refusal) {
            let id = try leave(registered, description: description, by: actor, at: now)
            note(.success(id), of: registered.plan, at: now, by: actor.name, now)
            return .started(id)
        } catch {
            // The look at the registry may still find something.
            guard watches, error.code == .nothingWaits else { throw error }
            return .done
        }
    }

    /// Starts a release with what the train takes, unless something forbids it.
    private mutating func leave(
        _ registered: RegisteredPlan,
        description: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> ReleaseID {
        let plan = registered.plan
        let reason = blocked(plan, at: now)
        guard reason.isEmpty else { throw Refusal(.conflict, reason) }
        let load = try load(of: plan, at: now)
        return try start(load, of: registered, description: description, by: actor, at: now)
    }

    mutating func start(
        _ load: Load,
        of registered: RegisteredPlan,
        description: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> ReleaseID {
        var request = StartRelease(
            plan: registered.plan,
            planDigest: registered.digest,
            planSourceDigest: registered.sourceDigest,
            versions: load.versions,
            description: description
        )
        request.only = registered.plan.services.map(\.name).filter { load.versions[$0] != nil }
        request.candidate = load.candidate?.tag
        guard case .started(let id) = try start(request, by: actor, at: now) else {
            throw Refusal(.conflict, "nothing was started")
        }
        return id
    }

    /// Why nothing of the plan may depart now; empty: it may.
    func blocked(_ plan: Plan, at now: Instant) -> String {
        if let debt = openDebts(of: plan).first {
            return
                "debt \(debt.id) of \(debt.by) is open: \(debt.sentence); when that is done, `wavetrain debt pay \(debt.id)`"
        }
        return freezes(of: plan, at: now).first?.sentence ?? ""
    }

    /// Those that hold now: declared ones first.
    func freezes(of plan: Plan, at now: Instant) -> [FreezeView] {
        declaredFreezes(at: now).filter { $0.plan == nil || $0.plan == plan.name } + plannedFreezes(of: plan, at: now)
    }

    func plannedFreezes(of plan: Plan, at now: Instant) -> [FreezeView] {
        plan.freezes.filter { $0.isActive(at: now) }.map {
            FreezeView(plan: plan.name, sentence: "the plan's freeze \($0)", until: $0.ends)
        }
    }

    func declaredFreezes(at now: Instant) -> [FreezeView] {
        state.schedule.freezes.filter { $0.until.map { now < $0 } ?? true }.map {
            FreezeView(plan: $0.plan, sentence: "\($0.by) declared a freeze: \($0.reason)", until: $0.until)
        }
    }

    /// In the zone of the plan's own schedule.
    func words(_ instant: Instant, of plan: Plan, at now: Instant) -> String {
        let zone = plan.train?.departs?.zone ?? plan.train?.candidates?.zone ?? .utc
        return Self.words(instant, in: zone, from: now)
    }
}
