import Foundation
import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct FindTests {
    @Test func `all models of a cut-off date, all of a release, and what an endpoint runs are one question each`()
        throws
    {
        let tag = TrainModel.Tag(key: "cutoff_date", value: "20261120")
        let deployments = try stored([
            record("model-1", "be-p1-c1", "1", tag, until: Yard.utc("2026-11-20 08:00")),
            record("model-2", "be-p1-c1", "2", tag, previous: "1"),
            record("model-2", "be-p1-c2", "2", TrainModel.Tag(key: "cutoff_date", value: "20261119")),
        ])
        #expect(deployments.records(tagged: tag).map(\.artifact.version.text) == ["2", "1"])
        #expect(deployments.records(of: Yard.name("model-2")).map(\.service.text) == ["be-p1-c2", "be-p1-c1"])
        let endpoint = deployments.endpoints(in: Yard.name("plant-1"), Yard.name("be-p1-c1")).first
        #expect(endpoint?.current?.artifact.version.text == "2")
        #expect(endpoint?.current?.previous?.text == "1")
        #expect(endpoint?.before.map(\.artifact.version.text) == ["1"])
        #expect(deployments.endpoints(in: Yard.name("plant-1")).map(\.service.text) == ["be-p1-c1", "be-p1-c2"])
        #expect(deployments.endpoints(in: Yard.name("plant-2")).isEmpty)
    }

    @Test func `releases are found by the tags that they or their plan carry`() {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan()
        plan.tags = [TrainModel.Tag(key: "team", value: "shop")]
        yard.push("1")
        _ = yard.start(plan, "1") { $0.tags = [TrainModel.Tag(key: "ticket", value: "T-1")] }
        _ = yard.start(plan, "1")
        #expect(yard.train.releases(tagged: TrainModel.Tag(key: "ticket", value: "T-1")) == [Yard.name("shop-1")])
        let ofTeam = yard.train.releases(tagged: TrainModel.Tag(key: "team", value: "shop"))
        #expect(ofTeam == [Yard.name("shop-2"), Yard.name("shop-1")])
    }

    @Test func `acts by hand are ranked by the time they took, over all releases`() {
        var yard = Yard()
        yard.enrol("production")
        let slow = Yard.plan("slow", gates: [Yard.approval])
        let quick = Yard.plan("quick", gates: [Yard.approval])
        yard.push("1")
        for (plan, minutes) in [(slow, 50), (quick, 10), (quick, 20)] {
            let id = yard.start(plan, "1")?.started ?? Yard.name("none-1")
            yard.run(.minutes(Int64(minutes)))
            #expect(yard.approve(id, by: minutes == 20 ? "cy" : "bo", "leads") == .success(.done))
        }
        yard.restart()
        let ranked = yard.train.manualActs()
        #expect(ranked.map(\.plan.text) == ["slow", "quick"])
        #expect(ranked.map(\.took) == [.minutes(50), .minutes(30)])
        #expect(ranked.last?.longest == .minutes(20))
        #expect(ranked.last?.count == 2)
        #expect(ranked.last?.people == [Yard.name("bo"), Yard.name("cy")])
        #expect(yard.train.manualActs(of: Yard.name("slow")).map(\.subject) == ["production/all"])
    }

    @Test func `notes between two versions list what comes in, or what goes out on the way back`() {
        var yard = Yard()
        for number in 1...4 {
            var source = ArtifactSource()
            source.changes = [Yard.change("c\(number)", ticket: number == 3 ? "" : "T-\(number % 2)")]
            yard.tell(.pushArtifact(Yard.artifact("web", "\(number)"), source))
            yard.push("\(number)", of: "db")
        }
        func notes(_ from: String?, _ to: String) -> ReleaseNotesView {
            yard.train.releaseNotes(of: Yard.name("web"), from: from.map(Yard.version), to: Yard.version(to))
        }
        #expect(notes("1", "4").added.map(\.id) == ["c4", "c3", "c2"])
        #expect(notes("1", "4").tickets == ["T-0"])
        #expect(notes("4", "2").removed.map(\.id) == ["c4", "c3"])
        #expect(notes("4", "2").added.isEmpty)
        #expect(notes(nil, "2").added.map(\.id) == ["c2"])
        #expect(notes("2", "2").added.isEmpty)
        #expect(notes("2", "9").added.isEmpty)
    }

    private func record(
        _ release: String,
        _ service: String,
        _ version: String,
        _ tag: TrainModel.Tag,
        previous: String? = nil,
        until: Instant? = nil
    ) -> DeploymentRecord {
        DeploymentRecord(
            plan: Yard.name("model"),
            release: Yard.name(release),
            stage: Yard.name("production"),
            region: Yard.name("plant-1"),
            service: Yard.name(service),
            artifact: Yard.artifact("model", version),
            previous: previous.map(Yard.version),
            tags: [tag],
            at: Yard.utc("2026-11-20 07:00"),
            until: until
        )
    }

    /// As a snapshot holds them.
    private func stored(_ records: [DeploymentRecord]) throws -> DeploymentState {
        let empty = try JSONSerialization.jsonObject(with: JSONEncoder().encode(DeploymentState()))
        var fields = try #require(empty as? [String: Any])
        fields["records"] = try JSONSerialization.jsonObject(with: JSONEncoder().encode(records))
        return try JSONDecoder().decode(DeploymentState.self, from: JSONSerialization.data(withJSONObject: fields))
    }
}
