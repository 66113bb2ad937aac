import AgentLink
import Bundles
import HostDecisions
import TimeAndChance
import TrainModel

/// Goes through a course step by step, and writes down what held.
struct TrialWalk {
    private let course: TrialCourse
    private let link: TrialLink
    private let hooks: ServiceHooks
    private var reports: AsyncStream<AgentReport>.Iterator
    private var generation: UInt64 = 0
    private(set) var lines: [ReportLine] = []
    /// The longest of each step.
    private var longest: [Step: Interval] = [:]
    private var links: Set<String> = []
    private var words: [String] = []

    init(_ course: TrialCourse, _ link: TrialLink) {
        self.course = course
        self.link = link
        reports = link.reports.makeAsyncIterator()
        hooks = ServiceHooks(
            runner: HookRunner(root: course.configuration.root),
            directories: ReleaseDirectories(root: course.configuration.root),
            identity: course.identity.host,
            configuration: course.configuration
        )
    }

    mutating func go() async throws {
        let (first, second) = (course.wishes.first, course.wishes.second)
        guard try await deploys("first deployment", .deploy, first) else { return }
        try await denies("verify of another version", second)
        guard try await deploys("second version", .deploy, second) else { return }
        try await denies("verify of the old version", first)
        if course.manifest.hooks[.start]?.isRepeatable == true {
            _ = try await deploys("the same once more", .deploy, second)
        }
        if course.wishes.isRestarted { _ = try await deploys("restart", .restart, second) }
        guard try await deploys("roll-back", .rollBack, first) else { return }
        if let failing = course.wishes.failing { try await failsAndReturns(failing) }
        try judgeReleases()
        judgeProcesses()
        judgeTimes()
        // A hook that is over at once has said its words to nobody.
        let last = words.last.map { "the last words of progress: \($0)" } ?? "no words of progress stood long enough"
        lines.append(.ok("lines", "\(links.count) links; \(last)"))
    }

    // MARK: Orders

    /// The order is applied, and the host says while it watches that the version runs.
    private mutating func deploys(
        _ subject: String,
        _ action: Order.Action,
        _ wanted: TrialArtifact
    ) async throws -> Bool {
        let receipt = try await give(action, wanted)
        guard receipt.outcome == .applied else {
            lines.append(.fail(subject, story(of: receipt), remedy: "see what the hooks printed"))
            return false
        }
        guard try await isWatched(subject) else { return false }
        let took = receipt.finished - receipt.accepted
        lines.append(.ok(subject, "\(wanted.version) runs after \(took), and verify says so while it is watched"))
        return true
    }

    /// A step fails, and the host comes back to what it ran.
    private mutating func failsAndReturns(_ failing: BundleManifest.HookName) async throws {
        let subject = "way back after \(failing.rawValue)"
        guard let hook = course.manifest.hooks[failing] else {
            return lines.append(
                .fail(subject, "the recipe has no \(failing.rawValue)", remedy: "give another --failing")
            )
        }
        try course.recipe.makeFail(hook)
        let receipt = try await give(.deploy, course.wishes.second)
        try course.recipe.mend(hook)
        let first = course.wishes.first.version
        guard receipt.outcome == .returned, receipt.running?.version == first else {
            let remedy = "start must make the version before run again, whatever ran in between"
            return lines.append(.fail(subject, "\(receipt.outcome): \(story(of: receipt))", remedy: remedy))
        }
        guard try await isWatched(subject) else { return }
        lines.append(.ok(subject, "\(first) runs again after \(receipt.finished - receipt.accepted)"))
    }

    private mutating func give(_ action: Order.Action, _ wanted: TrialArtifact) async throws -> Receipt {
        generation += 1
        let order = try course.order(action, wanted, generation: generation)
        try link.give(order)
        while let report = await reports.next() {
            note(report)
            switch report {
            case .receipt(order.id, let envelope):
                let receipt = try link.open(envelope)
                link.stored(order.id)
                note(receipt)
                return receipt
            case .refused(let refusal) where refusal.order == order.id:
                throw AgentError(.badConfiguration, at: "the trial's order", refusal.sentence, remedy: refusal.code)
            default: continue
            }
        }
        throw CancellationError()
    }

    /// The first sample of what was just brought; an unhealthy one is told.
    private mutating func isWatched(_ subject: String) async throws -> Bool {
        while let report = await reports.next() {
            note(report)
            guard case .health(let samples) = report, samples.healthy + samples.unhealthy > 0 else { continue }
            if samples.unhealthy == 0 { return true }
            lines.append(
                .fail(subject, "while it is watched: \(samples.reason)", remedy: "verify must agree with start")
            )
            return false
        }
        throw CancellationError()
    }

    // MARK: Verify

    /// Asked about what does not run, verify must say no: all that the host says of what runs rests on it.
    private mutating func denies(_ subject: String, _ other: TrialArtifact) async throws {
        let deployment = try course.deployment(other, course.order(.deploy, other, generation: generation))
        if let record = deployment.record { try hooks.directories.write(record, course.service) }
        let look = hooks.subject(course.service, deployment, for: .watch)
        let result = await hooks.run(.verify, look, timeout_max: .days(1))?.result
        if result?.verdict == .passed, result?.version.map({ $0 == other.version }) ?? true {
            let sentence = "verify says that \(other.version) runs, and it does not"
            lines.append(
                .fail(subject, sentence, remedy: "let verify read back what runs, and fail where it is another")
            )
        } else {
            lines.append(.ok(subject, "verify says no"))
        }
    }

    // MARK: What is left

    private mutating func judgeReleases() throws {
        let releases = hooks.directories.releases(of: course.service)
        let strangers = try Files.names(in: releases).flatMap { name in
            try Files.names(in: "\(releases)/\(name)").filter { $0 != RecipeRecord.fileName }.map { "\(name)/\($0)" }
        }
        lines.append(
            strangers.isEmpty
                ? .ok("release directory", "it holds the record and nothing else")
                : .fail(
                    "release directory",
                    "hooks have left \(strangers.sorted().joined(separator: ", "))",
                    remedy: "nothing may change it: use mktemp"
                )
        )
    }

    /// Those of other hooks than start the agent has ended already.
    private mutating func judgeProcesses() {
        let mark = "\(HookRunner.markVariable)=\(course.configuration.root):"
        let left = MarkedProcesses.all(mark: mark).map { "\($0)" }
        let sentence = "start leaves processes behind: \(left.joined(separator: ", "))"
        lines.append(
            left.isEmpty
                ? .ok("processes", "the hooks leave none behind")
                : .warn("processes", sentence, remedy: "right only for the service itself")
        )
    }

    private mutating func judgeTimes() {
        var words: [String] = []
        var isNear = false
        for (step, name) in [(Step.install, BundleManifest.HookName.install), (.start, .start), (.verify, .verify)] {
            guard let hook = course.manifest.hooks[name], let took = longest[step] else { continue }
            words.append("\(name.rawValue) \(took) of \(hook.timeout)")
            isNear = isNear || took.ms * 2 > hook.timeout.ms
        }
        let sentence = words.joined(separator: ", ")
        lines.append(
            isNear
                ? .warn("time limits", sentence, remedy: "a hook that takes longer is ended: raise its timeout")
                : .ok("time limits", sentence)
        )
    }

    // MARK: Reports

    private mutating func note(_ report: AgentReport) {
        guard case .progress(let progress) = report, !progress.text.isEmpty, progress.text != words.last else { return }
        words.append(progress.text)
    }

    private mutating func note(_ receipt: Receipt) {
        links.formUnion(receipt.links)
        for step in receipt.steps {
            longest[step.step] = max(longest[step.step] ?? .zero, step.finished - step.started)
        }
    }

    /// Why it failed, with the last words of the step that did.
    private func story(of receipt: Receipt) -> String {
        let tail = receipt.steps.last { $0.step == receipt.failedStep }?.outputTail ?? ""
        return tail.isEmpty ? receipt.sentence : "\(receipt.sentence) | \(tail)"
    }
}
