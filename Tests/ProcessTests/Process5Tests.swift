import OrderedCollections
import PlanLanguage
import ReleaseDecisions
import Simulation
import StructuredText
import Testing
import TimeAndChance
import TrainModel

/// Process 5, validated models fanned out over circuits, point by point.
@Suite struct Process5Tests {
    private static let folder = "5-validated-model-promotion"
    private static let circuits = ["north-a1", "north-b2", "south-c3"]
    private static let checklist = [
        "metrics of the models tagged validated=true reviewed", "training log warnings looked at",
        "cut-off date right", "the changed list reviewed",
    ]

    private func morning(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> Scene {
        try Scene(Self.folder, ["models"], from: "2025-12-10T08:00") { options in
            options.before = try Make.version("20251203.1")
            try change(&options)
        }
    }

    /// Promoted to the registry and deployed to test.
    private func tested(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> (Scene, ReleaseID) {
        var scene = try morning(change)
        let id = try scene.start("models", "20251210.1")
        #expect(scene.approve(id, "registry/all", as: "ml-engineers-1", ticked: Self.checklist).isAccepted)
        scene.world.run(for: .hours(1))
        return (scene, id)
    }

    private func released(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> (Scene, ReleaseID) {
        var (scene, id) = try tested(change)
        #expect(scene.approve(id, "production/all", as: "ml-engineers-2").isAccepted)
        scene.world.run(for: .hours(1))
        return (scene, id)
    }

    private func failing(_ check: String, at service: String) throws -> InjectedFailure {
        var failure = InjectedFailure(at: Place(region: try Make.name("test"), service: try Make.name(service)))
        failure.step = .smoke
        failure.check = check
        failure.output = "it does not"
        return failure
    }

    // MARK: - 1: fan-out

    @Test func `one endpoint and one model for each circuit that changed`() throws {
        let (scene, id) = try tested()
        let models = Self.circuits.map { "model-\($0)" }
        let endpoints = Self.circuits.map { "be-\($0)" }
        #expect(Set(scene.world.orders(to: try Make.name("registry")).map(\.order.service.text)) == Set(models))
        #expect(Set(scene.world.orders(to: try Make.name("test")).map(\.order.service.text)) == Set(endpoints))
        #expect(scene.holds(id, .approval).first?.subject == "production/all")
    }

    @Test func `one circuit's failure fails the release in test, and names the circuit`() throws {
        let failure = try failing("job status", at: "be-north-b2")
        let (scene, id) = try tested { $0.failures = [failure] }
        #expect(scene.state(id) == .stopped)
        #expect(scene.world.release(id)?.reason.contains("be-north-b2") == true)
        #expect(scene.notices(.failed).contains { $0.sentence.contains("be-north-b2") })
        #expect(scene.world.release(id)?.failure?.service?.text == "be-north-b2")
        #expect(scene.world.orders(to: try Make.name("production")).isEmpty)
    }

    // MARK: - 2: the approval

    @Test func `the approval shows its instructions, wants every point, and rejects after 1,440 minutes`() throws {
        var scene = try morning()
        let id = try scene.start("models", "20251210.1")
        let gate = try #require(scene.world.release(id)?.gates.first)
        #expect(gate.instructions.contains("validated=true"))
        #expect(gate.checklist == Self.checklist)
        for missing in Self.checklist {
            let ticked = Self.checklist.filter { $0 != missing }
            let refusal = scene.approve(id, "registry/all", as: "ml-engineers-1", ticked: ticked).refusal
            #expect(refusal?.sentence.contains(missing) == true)
        }
        scene.world.run(for: .minutes(1_439))
        #expect(scene.state(id) == .running)
        scene.world.run(for: .minutes(1))
        #expect(scene.state(id) == .rejected)
        #expect(scene.world.orders(to: try Make.name("registry")).isEmpty)
    }

    // MARK: - 3: the check table

    @Test func `the five checks have the levels, the polling and the limits of the table`() throws {
        let (scene, _) = try tested()
        let checks = try #require(scene.world.orders(to: try Make.name("test")).first?.order.checks)
        #expect(checks.map(\.name) == ["job status", "execution time", "errors in log", "output files", "schema"])
        #expect(checks.map(\.level) == [.fail, .fail, .fail, .fail, .warn])
        #expect(checks[0].every == .seconds(30))
        #expect(checks[0].limit == .minutes(15))
        guard case .command(let time) = checks[1].kind else {
            Issue.record("the execution time is measured by a program")
            return
        }
        #expect(time.contains("15m"))
    }

    @Test(arguments: ["job status", "execution time", "errors in log", "output files"])
    func `this check fails the release`(_ check: String) throws {
        let failure = try failing(check, at: "be-north-a1")
        let (scene, id) = try tested { $0.failures = [failure] }
        #expect(scene.state(id) == .stopped)
        #expect(scene.world.timeline.contains { $0.sentence.contains("be-north-a1") && $0.sentence.contains(check) })
    }

    @Test func `a schema that does not match passes with a warning that people see`() throws {
        let failure = try failing("schema", at: "be-north-a1")
        let (scene, id) = try tested { $0.failures = [failure] }
        #expect(scene.state(id) == .running)
        #expect(scene.holds(id, .approval).first?.subject == "production/all")
        let warnings = scene.world.release(id)?.waves.flatMap(\.regions).flatMap(\.hosts).flatMap(\.warnings) ?? []
        #expect(warnings.contains { $0.contains("schema") })
    }

    // MARK: - 4: variables and names

    @Test func `test and production have variables of their own, and names follow their rules`() throws {
        let (scene, _) = try released()
        let test = try scene.variables(of: "be-north-a1", in: "test")
        let production = try scene.variables(of: "be-north-a1", in: "production")
        #expect(test["instance_count"] == "1")
        #expect(production["instance_count"] == "2")
        #expect(production["concurrency"] == "4")
        #expect(production["endpoint"] == "be-north-a1")
        #expect(production["deployment"] == "deployment-20251210.1")
        #expect(test["test_data"] == "test-data/NORTH/A1/")
        #expect(try scene.variables(of: "model-south-c3", in: "registry")["data_set"] == "SOUTH_C3:2025-12-10")
    }

    @Test func `a name that breaks its rule is refused when the plan is compiled`() throws {
        let path = "\(Self.folder)/models.yaml"
        func problems(_ list: String) throws -> [String] {
            let files = [
                "failures.yaml": try Plans.text("\(Self.folder)/failures.yaml"), "changed_circuits.json": list,
            ]
            let sources = PlanSources(
                file: path,
                main: Array(try Plans.text(path).utf8),
                others: files.map { PlanSources.File(path: $0.key, bytes: Array($0.value.utf8)) }
            )
            guard case .failure(let problems) = PlanCompiler.compile(sources, readZone: Plans.zone) else { return [] }
            return problems.all.map(\.description)
        }
        let list = #"{"cutoff_date": "2025-12-10", "circuits": [{"plant": "NORTH", "circuit": "A1"}]}"#
        #expect(try problems(list).isEmpty)
        #expect(try problems(list.replacing("2025-12-10", with: "10 Dec")).contains { $0.contains("data_set") })
        #expect(try !problems(list.replacing("A1", with: "A 1")).isEmpty)
    }

    // MARK: - 5: questions

    @Test func `each of the three questions has an answer, and the summary is among them`() throws {
        let (scene, id) = try released()
        let deployments = scene.world.train.state.deployments
        let dated = deployments.records(tagged: Tag(key: "cutoff_date", value: "2025-12-10"))
        #expect(Set(dated.map(\.service.text)) == Set(Self.circuits.flatMap { ["be-\($0)", "model-\($0)"] }))
        let ofRelease = deployments.records(tagged: Tag(key: "release_id", value: id.text))
        #expect(ofRelease.count == 9, "three models, and three endpoints in test and in production")
        #expect(scene.world.train.releases(tagged: Tag(key: "plant_id", value: "NORTH")).first == id)
        let endpoints = deployments.endpoints(in: try Make.name("production"), try Make.name("be-north-a1"))
        let current = try #require(endpoints.first?.current)
        #expect(current.artifact.version.text == "20251210.1")
        let tags = Dictionary(uniqueKeysWithValues: current.tags.map { ($0.key, $0.value) })
        #expect(tags["build_id"] == "20251210.1")
        #expect(tags["deployed_at"] == "20251210")
        #expect(tags["previous_deployment"] == "deployment-20251203.1")
        #expect(tags["endpoint"] == "be-north-a1")
        #expect(tags["workspace"] == "production")
        let model = try #require(ofRelease.first { $0.service.text == "model-south-c3" })
        let wanted = [
            "cutoff_date", "plant_id", "circuit_id", "release_id", "build_id", "promoted_from", "promoted_at",
        ]
        #expect(Set(wanted).isSubset(of: model.tags.map(\.key)))
    }

    @Test func `the end prints the summary: release, build, and each circuit with its endpoint and workspace`() throws {
        let (scene, id) = try released()
        let told = try #require(scene.notices(.completed).first { $0.release == id })
        #expect(told.sentence.hasPrefix("\(id) is in place everywhere"))
        let lines = told.sentence.split(separator: "\n").map(String.init)
        for circuit in Self.circuits {
            let line = try #require(
                lines.first { $0.hasPrefix("production be-\(circuit): models 20251210.1") },
                "\(lines)"
            )
            for fact in ["endpoint be-\(circuit)", "workspace production", "deployed_at 20251210", "release_id \(id)"] {
                #expect(line.contains(fact), "\(line)")
            }
        }
    }

    // MARK: - 6: the way back

    private func rolledBack(_ regions: [String], _ services: [String]) throws -> (Scene, Interval) {
        var (scene, id) = try released()
        let part = Command.rollBackPart(
            id,
            regions: try regions.map { try Make.name($0) },
            services: try services.map { try Make.name($0) },
            hosts: [],
            reason: "it answers wrongly"
        )
        #expect(try scene.act(part, as: "operator").isAccepted)
        let begun = scene.world.now
        scene.world.run(for: .hours(1))
        let last = scene.world.log.last { recorded in
            guard recorded.at > begun, case .receiptReceived(let event) = recorded.event else { return false }
            return event.receipt.outcome == .applied
        }
        return (scene, try #require(last).at - begun)
    }

    @Test func `one circuit returns by itself in one command, within minutes`() throws {
        let (scene, took) = try rolledBack(["production"], ["be-north-b2"])
        #expect(try scene.versions(of: "be-north-b2", in: "production") == ["20251203.1"])
        #expect(try scene.versions(of: "be-north-a1", in: "production") == ["20251210.1"])
        #expect(try scene.versions(of: "be-north-b2", in: "test") == ["20251210.1"])
        #expect(took < .minutes(10))
        #expect(scene.world.violations.isEmpty)
    }

    @Test func `one region returns, and the others stay`() throws {
        let (scene, _) = try rolledBack(["production"], [])
        for circuit in Self.circuits {
            #expect(try scene.versions(of: "be-\(circuit)", in: "production") == ["20251203.1"])
            #expect(try scene.versions(of: "be-\(circuit)", in: "test") == ["20251210.1"])
        }
    }

    @Test func `the whole release returns in one command`() throws {
        var (scene, id) = try released()
        #expect(try scene.act(.rollBack(id, reason: "it answers wrongly"), as: "operator").isAccepted)
        scene.world.run(for: .hours(1))
        #expect(scene.state(id) == .rolledBack)
        for circuit in Self.circuits {
            #expect(try scene.versions(of: "be-\(circuit)", in: "production") == ["20251203.1"])
            #expect(try scene.versions(of: "model-\(circuit)", in: "registry") == ["20251203.1"])
        }
        #expect(scene.world.violations.isEmpty)
    }

    // MARK: - 7: look-ups

    @Test func `what people look at runs by itself, in their order, and appears with the failure`() throws {
        let failure = try failing("errors in log", at: "be-north-a1")
        let (scene, id) = try tested { $0.failures = [failure] }
        let receipt = try #require(
            scene.world.log.compactMap { recorded -> Receipt? in
                guard case .receiptReceived(let event) = recorded.event, event.receipt.outcome != .applied else {
                    return nil
                }
                return event.receipt.release == id ? event.receipt : nil
            }.first
        )
        let places = [
            "in-registry", "validated", "job-state", "compute", "test-data", "endpoint", "capacity", "version",
        ]
        #expect(receipt.findings.map(\.name) == places)
        #expect(scene.world.release(id)?.failure?.findings.map(\.name) == places)
        let page = try #require(scene.notices(.page).first { $0.release == id })
        #expect(page.channel == "chat:ml-engineers")
        #expect(page.sentence.hasPrefix("ml-engineers: "))
        #expect(page.sentence.contains("be-north-a1"))
    }
}
