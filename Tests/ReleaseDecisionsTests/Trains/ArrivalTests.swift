import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct ArrivalTests {
    @Test func `tags that were there at first are not deployed, a new one is, and date tags are left alone`() {
        var yard = watching()
        yard.see("aaaaaaa", "2026.11.19")
        #expect(yard.train.state.releases.isEmpty)
        yard.run(.minutes(1))
        yard.see("aaaaaaa", "bbbbbbb", "2026.11.19", "2026.11.20")
        #expect(yard.version("stage") == "bbbbbbb")
        #expect(yard.train.state.releases.count == 1)
        let record = yard.train.state.artifacts.values.last
        #expect(record?.source.reference == "registry.example.com/web@bbbbbbb")
        #expect(record?.artifact.version.text == "bbbbbbb")
        yard.see("aaaaaaa", "bbbbbbb", "2026.11.19", "2026.11.20")
        #expect(yard.train.state.releases.count == 1)
    }

    @Test func `the first tag of an empty registry is deployed, also after a restart in between`() {
        var yard = watching()
        yard.see()
        yard.restart()
        yard.see("aaaaaaa")
        #expect(yard.version("stage") == "aaaaaaa")
    }

    @Test func `the registry is asked at every interval, and at once by hand`() {
        var yard = watching()
        #expect(yard.askedForTags() == 1)
        yard.run(.minutes(10))
        #expect(yard.askedForTags() == 21)
        #expect(yard.tell(.departNow(Yard.name("shop"))) == .success(.done))
        #expect(yard.askedForTags() == 22)
    }

    @Test func `what has arrived and is not in place in time is an alarm, which its healthy end clears`() {
        var yard = watching(gates: [Yard.approval])
        yard.see()
        yard.see("aaaaaaa")
        yard.run(.minutes(4))
        #expect(yard.alarms == [])
        yard.run(.minutes(1))
        #expect(yard.alarms == ["nothing_arrived shop"])
        #expect(
            yard.train.state.schedule.alarms.values.first?.sentence
                == "web aaaaaaa is not in place 5m after it came to the registry: its release shop-1 has not ended well; `wavetrain train depart shop` looks and starts now"
        )
        _ = yard.approve(Yard.name("shop-1"), by: "bo", "leads")
        #expect(yard.outcome("shop-1") == .completed)
        #expect(yard.alarms == [])
    }

    @Test func `an alarm that a person has cleared comes again after the same time`() {
        var yard = watching(gates: [Yard.approval])
        yard.see()
        yard.see("aaaaaaa")
        yard.run(.minutes(6))
        #expect(yard.tell(.clearAlarm(.nothingArrived, subject: "shop"), by: "bo") == .success(.done))
        yard.run(.minutes(4))
        #expect(yard.alarms == [])
        yard.run(.minutes(1))
        #expect(yard.alarms == ["nothing_arrived shop"])
        #expect(
            yard.tell(.clearAlarm(.overdue, subject: "shop"))?.objection
                == "there is no alarm overdue shop; raised: nothing_arrived shop"
        )
    }

    @Test func `a tag that comes while another is on its way follows when that one has ended`() {
        var yard = watching()
        yard.hostsObey = false
        yard.see()
        yard.see("aaaaaaa")
        yard.see("aaaaaaa", "bbbbbbb")
        #expect(yard.train.state.releases.count == 1)
        yard.hostsObey = true
        yard.tell(.abort(Yard.name("shop-1"), reason: "it hangs"))
        #expect(yard.release("shop-2")?.artifacts.values.first?.version.text == "bbbbbbb")
    }

    @Test func `a registry that cannot be read is asked again, and is an alarm after the time for arrivals`() {
        var yard = watching()
        yard.give(.tagsUnseen(Yard.name("shop"), reason: "connection refused"))
        yard.run(.minutes(5))
        #expect(yard.alarms == [])
        yard.give(.tagsUnseen(Yard.name("shop"), reason: "connection refused"))
        #expect(yard.alarms == ["nothing_arrived shop registry"])
        yard.see()
        #expect(yard.alarms == [])
    }

    @Test func `a repository that is not there yet holds nothing, so that the tag which makes it is deployed`() {
        var yard = watching()
        yard.give(.tagsUnseen(Yard.name("shop"), reason: "it has no such repository", isAbsent: true))
        #expect(yard.train.trainView(of: Yard.name("shop"), at: yard.now)?.tagsKnown == 0)
        yard.see("aaaaaaa")
        #expect(yard.version("stage") == "aaaaaaa")
        // Gone again for a while, nothing is forgotten.
        yard.give(.tagsUnseen(Yard.name("shop"), reason: "it has no such repository", isAbsent: true))
        yard.see("aaaaaaa")
        #expect(yard.train.state.releases.count == 1)
    }

    @Test(arguments: [["aaaaaaa", "bbbbbbb", "ccccccc"], ["ccccccc", "aaaaaaa", "bbbbbbb"]])
    func `of tags that come in one look the one built last is the newest, in whatever order they are listed`(
        tags: [String]
    ) {
        var yard = watching()
        yard.see()
        let built = ["aaaaaaa": Int64(1), "bbbbbbb": 3, "ccccccc": 2]
        let seen = tags.map { Yard.seen($0, created: built[$0].map { Instant(unix_ms: $0) }) }
        yard.give(.tagsSeen(Yard.name("shop"), seen))
        #expect(yard.version("stage") == "bbbbbbb")
        #expect(yard.train.state.releases.count == 1)
    }

    @Test func `where no tag says when it was built its name decides, not the registry's order`() {
        var yard = watching()
        yard.see()
        yard.see("ccccccc", "aaaaaaa", "bbbbbbb")
        #expect(yard.version("stage") == "ccccccc")
    }

    @Test func `a plan of several artifacts deploys the services of the one that arrived`() {
        var yard = watching(services: ["web", "db"])
        yard.see()
        yard.see("aaaaaaa")
        #expect(yard.release("shop-1")?.services == [Yard.name("web")])
        #expect(yard.outcome("shop-1") == .completed)
    }

    private func watching(services: [String] = ["web"], gates: [Gate] = []) -> Yard {
        var yard = Yard()
        yard.enrol("stage")
        var rule = TrainRule(name: Yard.name("continuous"))
        rule.arrivals = ArrivalRule(
            registry: "https://registry.example.com",
            repository: "web",
            artifact: Yard.name("web"),
            tagPattern: "[0-9a-f]{7,40}",
            every: .seconds(30),
            deployedWithin: .minutes(5)
        )
        _ = yard.register(Yard.plan(services: services, stages: ["stage"], gates: gates, train: rule))
        return yard
    }
}

extension Yard {
    /// The registry's answer.
    fileprivate mutating func see(_ tags: String...) {
        give(.tagsSeen(Self.name("shop"), tags.map { Self.seen($0) }))
    }

    fileprivate static func seen(_ tag: String, created: Instant? = nil) -> SeenTag {
        SeenTag(
            tag: version(tag),
            digest: digest(Array(tag.utf8)),
            reference: "registry.example.com/web@\(tag)",
            created: created
        )
    }
}
