import Foundation
import Logging
import TimeAndChance
import TrainModel

/// Names and orders of which the details do not matter here.
enum Sample {
    struct BadName: Error { let text: String }

    static let quiet: Logger = {
        var logger = Logger(label: "torture")
        logger.logLevel = .critical
        return logger
    }()

    static func name<Kind>(_ text: String) throws -> Name<Kind> {
        guard let name = Name<Kind>(text) else { throw BadName(text: text) }
        return name
    }

    static func version(_ text: String) throws -> Version {
        guard let version = Version(text) else { throw BadName(text: text) }
        return version
    }

    static func order(
        _ artifact: Artifact,
        of serviceName: String = "cache",
        generation: UInt64,
        to host: HostKey
    ) throws -> Order {
        let now = WallClock.now()
        let release: ReleaseID = try name("weekly-\(generation)")
        let service: ServiceName = try name(serviceName)
        return Order(
            cluster: try name("demo"),
            id: OrderID(
                release: release,
                region: host.region,
                service: service,
                generation: generation,
                batch: 1,
                attempt: 1
            ),
            release: release,
            planDigest: artifact.digest,
            epoch: 1,
            generation: generation,
            sequence: generation,
            stage: try name("production"),
            wave: try name("part-1"),
            region: host.region,
            service: service,
            hosts: [host.host],
            action: .deploy,
            artifact: artifact,
            variables: [],
            checks: [service == .agent ? runningVersion : check("runs", ["/usr/bin/test", "-f", "${state}/running"])],
            watchEvery: .minutes(1),
            timeout: .minutes(2),
            notBefore: now - .seconds(1),
            expires: now + .minutes(10),
            attempt: 1
        )
    }

    static func check(_ name: String, _ command: [String]) -> Check { check(name, .command(arguments: command)) }

    /// No line may match.
    static func logCheck(_ name: String, _ path: String, pattern: String) -> Check {
        check(name, .log(LogCheck(path: path, pattern: pattern, lines_max: 0)))
    }

    private static let runningVersion = check("version", .runningVersion)

    private static func check(_ name: String, _ kind: Check.Kind) -> Check {
        Check(
            name: name,
            level: .fail,
            kind: kind,
            within: .seconds(10),
            every: .milliseconds(5),
            limit: .milliseconds(10)
        )
    }
}
