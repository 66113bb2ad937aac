import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// What the shell does with a decision's effects.
extension World {
    static let linkDelay = Interval.milliseconds(50)
    static let outsideDelay = Interval.milliseconds(200)

    mutating func perform(_ effect: Effect) {
        switch effect {
        case .deliver(let id, let release, let targets): deliver(id, of: release, to: targets)
        case .acknowledgeReceipt(let order, let host): hosts[host]?.unacknowledged.remove(order)
        case .cutLink(let host, _):
            hosts[host]?.isConnected = false
            agenda.add(.heard(.linkClosed(host)), at: now)
        case .probe(let key, let kind, _, _): agenda.add(.probed(key, kind), at: now + Self.outsideDelay)
        case .lookForTags(let plan, let rule):
            agenda.add(.heard(.tagsSeen(plan, tags(of: plan, rule))), at: now + Self.outsideDelay)
        case .findChanges(let plan, _, let since):
            let found = changes(of: plan, since: since)
            agenda.add(.heard(.changesFound(plan, .success(found))), at: now + Self.outsideDelay)
        case .notify(let notice):
            let failure = options.outside.brokenChannels.contains(notice.channel) ? "connection refused" : nil
            agenda.add(.heard(.noticeAnswered(notice.id, failure: failure)), at: now + Self.outsideDelay)
        case .wake(let instant): agenda.add(.wake, at: max(now, instant))
        }
    }

    private mutating func deliver(_ id: OrderID, of release: ReleaseID, to targets: [HostKey]) {
        guard let order = train.order(id, of: release) else { return }
        never.watchSending(of: order, at: now)
        let reached = targets.filter { hosts[$0]?.isConnected == true }
        if !isPast { sent.append(SentOrder(order: order, hosts: reached, at: now)) }
        for host in reached { agenda.add(.delivered(order, host), at: now + (isPast ? .zero : Self.linkDelay)) }
    }
}
