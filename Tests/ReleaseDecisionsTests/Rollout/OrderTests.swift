import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// What an order says.
@Suite struct OrderTests {
    private func variables(_ texts: [String: String], at level: WritableKeyPath<Plan, [Variable]>) -> [String: String] {
        var fleet = Fleet()
        fleet.enrol("eu", hosts: 1)
        var plan = Make.plan(Make.wave("one", ["eu"]))
        plan[keyPath: level] = texts.sorted { $0.key < $1.key }.map { Variable(key: $0.key, value: $0.value) }
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.start(plan, version: "2")
        let order = fleet.inbox.first?.order
        return Dictionary(uniqueKeysWithValues: (order?.variables ?? []).map { ($0.key, $0.value) })
    }

    @Test func `placeholders in variables are filled in when the order is made`() {
        let filled = variables(
            [
                "a": "{plan}-{number} {release}", "b": "{artifact}:{version} was {previous}",
                "c": "{service} {stage}/{wave}/{region}", "d": "{author} {date} {candidate}.",
                "e": "{{region} {nobody}",
                "f": "{{region}",
            ],
            at: \.stages[0].waves[0].variables
        )
        #expect(filled["a"] == "shop-2 shop-2")
        #expect(filled["b"] == "web:2 was 1")
        #expect(filled["c"] == "web production/one/eu")
        #expect(filled["d"] == "ana 19700101 .")
        #expect(filled["e"] == "{{region} {nobody}", "what the compiler has not seen stays as it is")
        #expect(filled["f"] == "{region}")
    }

    @Test func `a service's variables take the place of the wave's`() {
        var fleet = Fleet()
        fleet.enrol("eu", hosts: 1)
        var plan = Make.plan(Make.wave("one", ["eu"]))
        plan.stages[0].waves[0].variables = [Variable(key: "A", value: "wave"), Variable(key: "B", value: "wave")]
        plan.services[0].variables = [Variable(key: "B", value: "service")]
        fleet.start(plan, version: "1")
        #expect(
            fleet.inbox.first?.order.variables == [
                Variable(key: "A", value: "wave"), Variable(key: "B", value: "service"),
            ]
        )
    }

    @Test func `a receipt of another order that had the same name is no success`() throws {
        var fleet = Fleet()
        fleet.enrol("eu", hosts: 1)
        let plan = Make.plan(Make.wave("one", ["eu"]))
        let started = fleet.start(plan, version: "1")
        let first = try #require(started)
        let (host, order) = try #require(fleet.inbox.first.map { ($0.host, $0.order) })
        let lost = Make.artifact(Make.name("web"), "7")
        fleet.give(.receipt(Make.receipt(order, host, outcome: .applied, running: lost, fleet.now), envelope: ""))
        let region = try #require(fleet.train.state.releases[first]?.regions[host.region])
        #expect(region.phase == .unhealthy || region.phase == .returning)
        #expect(region.hosts[host.host]?.sentence.contains("(another-order)") == true)
    }

    @Test func `an order carries its recipe, the artifact's reference and the failure rules that could match`() {
        var fleet = Fleet()
        fleet.enrol("eu", hosts: 1)
        var plan = Make.plan(Make.wave("one", ["eu"], checks: [Make.check]))
        plan.services[0].recipe = Make.name("kubernetes")
        var up = FailureRule(name: "up", action: .asUsual)
        up.match.check = "up"
        var other = FailureRule(name: "other", action: .asUsual)
        other.match.check = "another check"
        var gateway = FailureRule(name: "gateway", action: .verify)
        gateway.match.output = "BadGatewayConnection"
        var unpacking = FailureRule(name: "unpacking", action: .asUsual)
        unpacking.match.steps = [.unpack]
        var fetching = FailureRule(name: "fetching", action: .asUsual)
        fetching.match.steps = [.fetch]
        plan.failures = [up, other, gateway, unpacking, fetching]
        var source = ArtifactSource()
        source.reference = "registry.example.com/web@sha256:1"
        fleet.tell(.pushArtifact(Make.artifact(Make.name("web"), "1"), source))
        fleet.start(plan, version: "1")
        let order = fleet.inbox.first?.order
        #expect(order?.recipe == Make.name("kubernetes"))
        #expect(order?.reference == "registry.example.com/web@sha256:1")
        #expect(order?.failures.map(\.name) == ["up", "gateway", "unpacking"], "a recipe is never fetched")
        plan.services[0].recipe = nil
        var plain = Fleet()
        plain.enrol("eu", hosts: 1)
        plain.start(plan, version: "1")
        #expect(plain.inbox.first?.order.failures.map(\.name) == ["up", "gateway", "unpacking", "fetching"])
    }

    @Test func `a name that a placeholder fills in against the plan's rule is refused at the start`() throws {
        var fleet = Fleet()
        fleet.enrol("eu", hosts: 1)
        var plan = Make.plan(Make.wave("one", ["eu"]))
        plan.services[0].variables = [Variable(key: "deployment", value: "deployment-{version}")]
        plan.namingRules = [NamingRule(key: "deployment", pattern: "deployment-[0-9]{8}\\.[0-9]+")]
        #expect(fleet.start(plan, version: "latest") == nil)
        guard case .failure(let refusal) = fleet.lastAnswer else { return #expect(Bool(false), "no refusal") }
        #expect(refusal.sentence.contains("deployment of web in eu would be \"deployment-latest\""))
        #expect(refusal.sentence.hasSuffix("take a version or candidate that fits, or mend `names` in the plan"))
        #expect(fleet.start(plan, version: "20251210.1") != nil)
    }
}
