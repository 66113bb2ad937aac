import OrderedCollections
import TimeAndChance
import TrainModel

/// Notices: who hears of what. A notice is kept until it is delivered or given up, and nothing ever waits for one.
extension Train {
    static let noticeAttempts_max = 8
    /// The first pause after a failure; it doubles up to the longest.
    static let noticePause = Interval.seconds(30)
    static let noticePause_max = Interval.minutes(10)
    /// A channel that has not answered by then has failed.
    static let noticeAnswer_max = Interval.minutes(2)
    /// Of a sentence, so that one list never fills the log.
    static let noticeBytes_max = 8_192

    // MARK: - Telling

    /// Queues a notice for each channel that the plan names for its kind. Of one release each kind and subject is told
    /// once.
    mutating func tell(
        _ kind: NoticeKind,
        _ subject: String,
        _ sentence: String,
        of plan: Plan,
        _ release: ReleaseID?,
        at now: Instant
    ) {
        queue(kind, subject, sentence, to: plan.channels(for: kind), release, at: now)
    }

    /// Calls people, by the channels for pages; where the plan names none, by every channel it has.
    mutating func page(
        _ people: [Actors],
        _ subject: String,
        _ sentence: String,
        of release: ReleaseState,
        at now: Instant
    ) {
        guard !people.isEmpty else { return }
        let plan = release.plan
        let named = plan.channels(for: .page)
        let channels = named.isEmpty ? OrderedSet(NoticeKind.allCases.flatMap { plan.channels(for: $0) }) : named
        let whom = words(for: people, in: plan, at: now)
        queue(.page, subject, "\(whom): \(sentence)", to: channels, release.id, at: now)
    }

    mutating func queue(
        _ kind: NoticeKind,
        _ subject: String,
        _ sentence: String,
        to channels: some Sequence<String>,
        _ release: ReleaseID?,
        at now: Instant
    ) {
        let key = NoticeKey(kind: kind, subject: subject)
        if let release, state.schedule.told[release]?.contains(key) == true { return }
        for channel in channels {
            let notice = Notice(
                id: state.schedule.noticeCount + 1,
                kind: kind,
                release: release,
                subject: subject,
                channel: channel,
                sentence: sentence.bounded(bytes_max: Self.noticeBytes_max),
                at: now
            )
            emit(.noticeQueued(NoticeQueued(notice: notice)), at: now)
            deliver(notice, at: now)
        }
    }

    // MARK: - Delivering

    /// After a start: attempts that failed before still count, and so does the pause after the last.
    mutating func takeUp(_ notice: Notice, at now: Instant) {
        guard let failures = state.schedule.noticeFailures[notice.id] else { return deliver(notice, at: now) }
        let next = max(now, failures.last + Self.noticePause(of: notice.id, after: failures.attempts))
        observed.trains.deliveries[notice.id] = TrainObservations.Delivery(attempts: failures.attempts, next: next)
        observed.look(at: next, .notice(notice.id))
    }

    mutating func deliver(_ notice: Notice, at now: Instant) {
        var delivery = observed.trains.deliveries[notice.id] ?? TrainObservations.Delivery(next: now)
        delivery.attempts += 1
        delivery.asked = now
        delivery.next = now + Self.noticeAnswer_max
        observed.trains.deliveries[notice.id] = delivery
        observed.look(at: delivery.next, .notice(notice.id))
        perform(.notify(notice))
    }

    /// The pause after a failure is over, or a channel has not answered.
    mutating func deliverAgain(_ id: UInt64, at now: Instant) {
        guard let notice = state.schedule.notices[id], let delivery = observed.trains.deliveries[id],
            delivery.next <= now
        else { return }
        guard delivery.asked == nil else {
            return fail(notice, "no answer within \(Self.noticeAnswer_max)", at: now)
        }
        deliver(notice, at: now)
    }

    mutating func noteAnswer(to id: UInt64, failure: String?, at now: Instant) {
        guard let notice = state.schedule.notices[id] else { return }
        if let failure {
            // A late answer to an attempt that was counted already.
            guard observed.trains.deliveries[id]?.asked != nil else { return }
            return fail(notice, failure, at: now)
        }
        settle(notice, failure: "", at: now)
        clearAlarm(.noticeUndelivered, notice.channel, at: now)
    }

    private mutating func fail(_ notice: Notice, _ failure: String, at now: Instant) {
        guard var delivery = observed.trains.deliveries[notice.id] else { return }
        guard delivery.attempts < Self.noticeAttempts_max else {
            settle(notice, failure: failure, at: now)
            return raiseAlarm(
                .noticeUndelivered,
                notice.channel,
                "channel \(notice.channel) has taken no notice in \(delivery.attempts) attempts: \(failure); what was lost: \(notice.sentence.firstLine)",
                at: now
            )
        }
        emit(.noticeFailed(NoticeFailed(id: notice.id, failure: failure, attempts: delivery.attempts)), at: now)
        delivery.asked = nil
        delivery.next = now + Self.noticePause(of: notice.id, after: delivery.attempts)
        observed.trains.deliveries[notice.id] = delivery
        observed.look(at: delivery.next, .notice(notice.id))
    }

    private mutating func settle(_ notice: Notice, failure: String, at now: Instant) {
        let attempts = observed.trains.deliveries[notice.id]?.attempts ?? 1
        observed.trains.deliveries[notice.id] = nil
        emit(.noticeSettled(NoticeSettled(id: notice.id, failure: failure, attempts: attempts)), at: now)
    }

    /// Doubles with every attempt up to the longest; up to a quarter is taken off, so that notices which failed together
    /// do not come back together.
    static func noticePause(of id: UInt64, after attempts: Int) -> Interval {
        let doublings = max(0, min(attempts - 1, 16))
        let full = min(noticePause * (1 << doublings), noticePause_max)
        var chance = SeededGenerator(of: "notice \(id) attempt \(attempts)")
        return Interval(ms: full.ms - Int64.random(in: 0...full.ms / 4, using: &chance))
    }
}

extension Plan {
    /// Each once, in the order of the rules.
    func channels(for kind: NoticeKind) -> OrderedSet<String> {
        OrderedSet(notices.filter { $0.on.contains(kind) }.flatMap(\.channels))
    }
}

extension String {
    /// Whole characters of the beginning.
    fileprivate func bounded(bytes_max: Int) -> String {
        guard utf8.count > bytes_max else { return self }
        var (text, bytes) = ("", 0)
        for character in self {
            bytes += character.utf8.count
            guard bytes <= bytes_max - 3 else { break }
            text.append(character)
        }
        return text + "…"
    }

    fileprivate var firstLine: Substring { prefix { $0 != "\n" } }
}
