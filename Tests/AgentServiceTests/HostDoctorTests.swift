import AgentLink
import Cryptography
import Glibc
import NIOPosix
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// Each state of a host that keeps an agent from its work is named, with what to do.
@Suite(.timeLimit(.minutes(2))) struct HostDoctorTests {
    private let folder: TemporaryFolder
    private let authority: TestAuthority
    private let files: IdentityFiles
    private var doctor: HostDoctor

    init() throws {
        folder = try TemporaryFolder()
        authority = try TestAuthority()
        var configuration = AgentConfiguration()
        configuration.root = folder.path + "/root"
        try Files.makeFolder(configuration.root)
        files = IdentityFiles(root: configuration.root)
        doctor = HostDoctor(configuration)
        doctor.systemRoot = folder.path
    }

    private func enrol(controller: String = "127.0.0.1:1", seconds: Int64 = 86_400) throws {
        let key = try files.keyForEnrolment()
        let orderKey = try PrivateKey.generate(.ed25519)
        try files.save(authority.enrolled(key.publicKey, orderKeys: [orderKey.publicKey]), controller: controller)
        if seconds != 86_400 {
            try files.save(certificateChainPEM: authority.hostChain(for: key.publicKey, seconds: seconds))
        }
    }

    private func examine(_ doctor: HostDoctor? = nil, isOffline: Bool = true) async -> [String: ReportLine] {
        let lines = await (doctor ?? self.doctor).examine(isOffline: isOffline)
        return Dictionary(lines.map { ($0.subject, $0) }) { first, _ in first }
    }

    private func doctor(_ change: (inout AgentConfiguration) -> Void) -> HostDoctor {
        var configuration = doctor.configuration
        change(&configuration)
        var other = HostDoctor(configuration)
        other.systemRoot = doctor.systemRoot
        return other
    }

    // MARK: Everything is right

    @Test func `a host whose agent runs and whose controller answers has nothing to do`() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let controller = try TestController([], authority: authority)
        let listener = try await controller.listen(group)
        try enrol(controller: "127.0.0.1:\(listener.port)")
        let lock = try ProcessLock(root: doctor.configuration.root)
        defer { lock.release() }
        let found = await examine(isOffline: false)
        for subject in [
            "root", "file system", "durability", "agent", "journal", "certificate", "key", "order keys", "name",
            "control port", "bundle port", "clock", "unit",
        ] { #expect(found[subject]?.state == .ok, "\(subject): \(String(describing: found[subject]))") }
        #expect(found["agent"]?.sentence == "it runs, as the process \(getpid())")
        #expect(found.values.allSatisfy { $0.state != .fail })
        #expect(controller.reports.isEmpty, "nothing of the agent's session is touched")
        await listener.stop()
    }

    @Test func `the report is a table for people and JSON for programs`() async throws {
        let path = folder.path + "/agent.yaml"
        try folder.write("agent.yaml", "root: \(doctor.configuration.root)\n")
        let report = await HostDoctor.examine(path, isOffline: true)
        #expect(report.hasFailed)
        #expect(report.table.contains("fail  certificate "), "\(report.table)")
        #expect(report.table.contains("wavetrain agent token"))
        #expect(report.json.contains("\"failed\": true"), "\(report.json)")
    }

    // MARK: Configuration and disk

    @Test func `a configuration that cannot be used is the only finding`() async throws {
        try folder.write("agent.yaml", "rooot: /x\n")
        let report = await HostDoctor.examine(folder.path + "/agent.yaml", isOffline: true)
        #expect(report.lines.map(\.subject) == ["configuration"])
        #expect(report.lines[0].state == .fail && report.lines[0].sentence.contains("agent.yaml:1"))
    }

    @Test func `a root that others may write, or that is no folder, is named`() async throws {
        try #require(chmod(doctor.configuration.root, 0o777) == 0)
        let open = await examine()["root"]
        #expect(open?.state == .fail && open?.remedy == "chmod go-w \(doctor.configuration.root)")
        try folder.write("file", "")
        let file = await examine(doctor { $0.root = folder.path + "/file" })["root"]
        #expect(file?.sentence.contains("is no folder") == true)
        let missing = await examine(doctor { $0.root = folder.path + "/nowhere" })["root"]
        #expect(missing?.state == .warn && missing?.remedy == "enrolling this host makes it")
    }

    @Test func `too little space, no inode, read-only and noexec are told apart`() {
        var disk = statvfs()
        disk.f_frsize = 4_096
        disk.f_bavail = 1_000_000
        (disk.f_files, disk.f_favail) = (100, 10)
        #expect(doctor.judgeSpace(disk).state == .ok)
        disk.f_bavail = .max
        #expect(doctor.judgeSpace(disk).state == .ok)
        disk.f_bavail = 100_000
        #expect(doctor.judgeSpace(disk).state == .warn)
        disk.f_bavail = 10_000
        #expect(doctor.judgeSpace(disk).state == .fail)
        disk.f_favail = 0
        #expect(doctor.judgeSpace(disk).sentence.contains("no inode is left"))
        #expect(doctor.judgeMount(disk).state == .ok)
        disk.f_flag = 8
        #expect(doctor.judgeMount(disk).sentence.contains("noexec"))
        disk.f_flag = 9
        #expect(doctor.judgeMount(disk).sentence.contains("read-only"))
    }

    @Test func `a damaged journal is named, and an agent that does not run`() async throws {
        try folder.write("root/journal", "not a journal, and long enough to have been one once upon a time")
        try folder.write("root/lock", "")
        let found = await examine()
        #expect(found["journal"]?.state == .fail)
        #expect(found["journal"]?.remedy.contains("put the newest journal back") == true)
        #expect(found["agent"]?.sentence == "it does not run")
    }

    // MARK: Identity

    @Test func `no certificate, another's, one that ran out and one that nobody renewed are told apart`() async throws {
        #expect(await examine()["certificate"]?.sentence.contains("no certificate yet") == true)
        try enrol()
        var later = doctor
        later.now = WallClock.now() + .hours(20)
        #expect(await examine(later)["certificate"]?.state == .warn)
        later.now = WallClock.now() + .minutes(30 * 60 + 30)
        #expect(await examine(later)["certificate"]?.sentence.contains("ran out 6 hours ago") == true)
        later.now = WallClock.now() - .hours(1)
        #expect(await examine(later)["certificate"]?.remedy == "set this machine's clock")
        let stranger = try TestAuthority()
        let key = try files.keyForEnrolment()
        try files.save(certificateChainPEM: stranger.hostChain(for: key.publicKey))
        #expect(await examine()["certificate"]?.sentence.contains("not by the authority") == true)
    }

    @Test func `a key that others may read is named`() async throws {
        try enrol()
        try #require(chmod(files.keyPath, 0o644) == 0)
        let key = await examine()["key"]
        #expect(key?.state == .fail && key?.sentence == "others may read \(files.keyPath)")
    }

    // MARK: Controller and clock

    @Test func `a controller that is not there, or is another cluster's, is told apart`() async throws {
        let port = try DeadPort()
        try enrol(controller: "127.0.0.1:\(port.number)")
        let found = await examine(isOffline: false)
        #expect(found["control port"]?.state == .fail)
        #expect(found["control port"]?.sentence.contains("refused") == true, "\(found)")
        #expect(found["bundle port"] == nil)
        let stranger = try TestController([], authority: try TestAuthority())
        let listener = try await stranger.listen(MultiThreadedEventLoopGroup.singleton)
        let other = await examine(doctor { $0.controller = "127.0.0.1:\(listener.port)" }, isOffline: false)
        #expect(other["control port"]?.state == .fail, "\(other)")
        #expect(other["control port"]?.remedy.contains("is controller in agent.yaml another cluster's?") == true)
        await listener.stop()
    }

    @Test func `a name without an address is named`() async {
        let name = await doctor.judgeName("nowhere.invalid")
        #expect(name.state == .fail && name.sentence.contains("nowhere.invalid has no address"))
    }

    @Test(arguments: [(0, ReportLine.State.ok), (-4_000, .ok), (30_000, .warn), (-120_001, .fail), (120_001, .fail)])
    func `a clock is judged by the controller's`(skew_ms: Int, state: ReportLine.State) {
        let now = Instant(unix_ms: 1_000_000)
        #expect(doctor.judgeClock(now - Interval(ms: Int64(skew_ms)), now: now).state == state)
    }

    @Test func `the time service is seen by its own note`() throws {
        #expect(doctor.judgeTimeService().state == .warn)
        try folder.write("run/systemd/timesync/synchronized", "")
        #expect(doctor.judgeTimeService().sentence == "systemd-timesyncd keeps the clock right")
    }

    // MARK: Policy

    @Test func `recipes that are missing, another's, open to others or without their tools are named`() async throws {
        for name in ["right", "open", "other", "bare"] {
            let service = name == "other" ? "stranger" : name
            let needs = name == "bare" ? "[no-such-tool]" : "[sh]"
            let hooks = "  start: { run: run, repeatable: true }\n  verify: { run: run, repeatable: true }\n"
            try folder.write(
                "\(name)/wavetrain.yaml",
                "wavetrain: 1\nservice: \(service)\nneeds: \(needs)\nhooks:\n\(hooks)"
            )
            try folder.write("\(name)/run", "#!/bin/sh\n", mode: 0o755)
        }
        try #require(chmod(folder.path + "/open/run", 0o777) == 0)
        let found = await examine(
            doctor { configuration in
                for name in ["right", "open", "other", "bare", "missing"] {
                    if let recipe = RecipeName(name) { configuration.recipes[recipe] = "\(folder.path)/\(name)" }
                }
            }
        )
        #expect(found["recipe right"]?.state == .ok, "\(found)")
        #expect(found["recipe open"]?.sentence.contains("everybody may write") == true)
        #expect(found["recipe other"]?.sentence.contains("it is of stranger, not of other") == true)
        #expect(found["recipe bare"]?.sentence.contains("no-such-tool is not on this host") == true)
        #expect(found["recipe missing"]?.state == .fail)
    }

    @Test(.enabled(if: geteuid() == 0, "only root may become another user"))
    func `users that are not there, or that may not be become, are named`() async throws {
        let missing = await examine(doctor { $0.user = "no-such-user" })
        #expect(missing["user no-such-user"]?.remedy == "make it with adduser")
        try folder.write("proc/self/status", "Name:\tagent\nCapEff:\t0000000000000000\n")
        let bound = await examine(doctor { $0.user = "nobody" })
        #expect(bound["user nobody"]?.state == .ok)
        #expect(bound["capabilities"]?.state == .fail)
        try folder.write("proc/self/status", "Name:\tagent\nCapEff:\t00000000000000c0\n")
        #expect(await examine(doctor { $0.user = "nobody" })["capabilities"] == nil)
    }

    @Test func `a unit that is missing or not enabled is named`() throws {
        #expect(doctor.judgeUnit().state == .ok)
        try Files.makeFolder(folder.path + "/run/systemd/system")
        #expect(doctor.judgeUnit().sentence == "there is no wavetrain-agent.service")
        try folder.write("lib/systemd/system/wavetrain-agent.service", "")
        #expect(doctor.judgeUnit().remedy == "systemctl enable --now wavetrain-agent")
        try folder.write("etc/systemd/system/multi-user.target.wants/wavetrain-agent.service", "")
        #expect(doctor.judgeUnit().state == .ok)
    }
}
