import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

extension TestBundle {
    /// An order for `westus3/host-1` to deploy this bundle, with a check of the process and one of the version.
    func order(
        generation: UInt64,
        timeout: Interval = .seconds(60),
        lifetime: Interval = .minutes(5)
    ) throws -> Order {
        var order = try Order.deploying(artifact, generation: generation, timeout: timeout)
        order.expires = WallClock.now() + lifetime
        return order
    }
}

extension Order {
    static func deploying(
        _ artifact: Artifact,
        generation: UInt64,
        timeout: Interval = .seconds(60)
    ) throws -> Order {
        let release = try #require(ReleaseID("weekly-\(generation)"))
        let region = try #require(RegionName("westus3"))
        let service = try #require(ServiceName("cache"))
        let now = WallClock.now()
        return Order(
            cluster: try #require(ClusterName("demo")),
            id: OrderID(
                release: release,
                region: region,
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
            stage: try #require(StageName("production")),
            wave: try #require(WaveName("part-1")),
            region: region,
            service: service,
            hosts: [try #require(HostName("host-1"))],
            action: .deploy,
            artifact: artifact,
            variables: [Variable(key: "colour", value: "blue")],
            checks: [
                Check(
                    name: "runs",
                    level: .fail,
                    kind: .command(arguments: ["/bin/sh", "-c", "kill -0 $(cat ${state}/pid)"]),
                    within: .seconds(5),
                    every: .milliseconds(20),
                    limit: .milliseconds(200)
                ),
                Check(
                    name: "version",
                    level: .fail,
                    kind: .runningVersion,
                    within: .seconds(5),
                    every: .milliseconds(20),
                    limit: .milliseconds(200)
                ),
            ],
            watchEvery: .milliseconds(50),
            timeout: timeout,
            notBefore: now - .seconds(1),
            expires: now + .minutes(5),
            attempt: 1
        )
    }
}
