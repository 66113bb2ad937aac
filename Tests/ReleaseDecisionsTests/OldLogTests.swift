import OrderedCollections
@testable import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// The database was restored from an older copy: what hosts have obeyed since is not in it.
@Suite struct OldLogTests {
    @Test func `a controller with an old log leads on above what hosts have obeyed, so they take its next orders`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let plan = Make.plan(Make.wave("one", ["a"]))
        fleet.start(plan, version: "1")
        fleet.work()
        let copy = fleet.train.state
        fleet = fleet.restarted().restarted()
        for index in 1...2 { fleet.connect(Make.host("a", index)) }
        fleet.start(plan, version: "2")
        fleet.work()
        fleet.restore(copy)
        #expect(fleet.train.state.epoch > copy.epoch + 1)
        let third = fleet.start(plan, version: "3")
        fleet.work()
        #expect(fleet.phase(third) == .ended(.completed))
        #expect(fleet.version(Make.host("a", 1)) == "3")
        #expect(fleet.log.allSatisfy { if case .orderRefused = $0.event { false } else { true } })
        #expect(fleet.train.state.schedule.alarms.keys.map(\.kind) == [.logOutrun])
    }

    @Test func `what was under way in an old log stops until a person has looked`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        fleet.enrol("b", hosts: 1)
        let plan = Make.plan(Make.wave("one", ["a"]), Make.wave("two", ["b"]))
        let started = fleet.start(plan, version: "1")
        let id = try #require(started)
        let copy = fleet.train.state
        fleet.work()
        let second = fleet.start(plan, version: "2")
        fleet.work()
        #expect(fleet.phase(second) == .ended(.completed))
        fleet.restore(copy)
        fleet.work()
        guard case .stopped(let reason) = fleet.phase(id) else {
            Issue.record("it goes on: \(String(describing: fleet.phase(id)))")
            return
        }
        #expect(reason.contains("older copy"))
        #expect(fleet.version(Make.host("a", 1)) == "2")
        #expect(fleet.version(Make.host("b", 1)) == "2")
    }

    @Test(arguments: [UInt64.max, Train.epoch_max, Train.outrun_max + 2])
    func `a host that claims the impossible changes nothing`(number: UInt64) throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let host = Make.host("a", 1)
        let service: ServiceName = Make.name("web")
        let artifact = Make.artifact(Make.name("web"), "1")
        let boast = RunningService(
            service: service,
            generation: number,
            version: artifact.version,
            digest: artifact.digest,
            order: nil,
            newestGeneration: number
        )
        let events_count = fleet.log.count
        fleet.give(.linkOpened(host, running: [boast], epochHighest: number))
        #expect(fleet.train.state.epoch == 1)
        #expect(fleet.log.count == events_count)
    }

    @Test func `a host that has obeyed nothing newer is no news`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        fleet.work()
        fleet = fleet.restarted()
        fleet.connect(Make.host("a", 1))
        #expect(fleet.train.state.epoch == 2)
        #expect(fleet.train.state.schedule.alarms.isEmpty)
    }
}

extension Fleet {
    /// A controller starts from an old copy of its log; the hosts are what they have become.
    fileprivate mutating func restore(_ copy: TrainState) {
        for host in connected.sorted() { cut(host) }
        let hosts = copy.fleet.hosts.keys
        train = Train(state: copy, digest: Make.digest)
        log = []
        inbox = []
        never = NeverEvents()
        give(.leaderStarted)
        for host in hosts { connect(host) }
    }
}
