import AgentLink
import Cryptography
import EventStore
import Foundation
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Whether everything that a release of a plan will write and send fits its bounds. Found out when it is started: later
/// the log could not take the event, or an order could not leave.
struct ReleaseBounds: Sendable {
    /// What an event says of a release beside its plan: names, digests, a description.
    private static let rest_bytes = 64 << 10
    private static let perService_bytes = 1_024

    let cluster: ClusterName
    let fleet: [RegionName: [HostName]]
    let key: PrivateKey
    let now: Instant

    /// Nil when everything fits.
    func refusal(of plan: Plan, _ digest: Digest) throws -> Refusal? {
        if let refusal = try eventRefusal(of: plan) { return refusal }
        for stage in plan.stages {
            for wave in stage.waves {
                if let refusal = orderRefusal(of: plan, digest, stage, wave) { return refusal }
            }
        }
        return nil
    }

    private func eventRefusal(of plan: Plan) throws -> Refusal? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        let plan_bytes = try encoder.encode(plan).count
        let bytes_max = EventDraft.body_bytes_max - Self.rest_bytes - plan.services.count * Self.perService_bytes
        guard plan_bytes > bytes_max else { return nil }
        return Refusal(
            .invalid,
            "plan \(plan.name) has \(plan_bytes) bytes when every wave is written out, and the log takes \(bytes_max); "
                + "shorten its checks and variables, or divide it into several plans"
        )
    }

    /// Seals the longest order that the wave could give now.
    private func orderRefusal(of plan: Plan, _ digest: Digest, _ stage: Stage, _ wave: Wave) -> Refusal? {
        guard let region = wave.regions.max(by: { fleet[$0, default: []].count < fleet[$1, default: []].count }),
            let service = plan.services.max(by: { $0.name.text.utf8.count < $1.name.text.utf8.count }),
            let order = order(of: plan, digest, stage, wave, region, service)
        else { return nil }
        do {
            _ = try OrderCodec.seal(order, with: key)
            return nil
        } catch {
            return Refusal(
                .invalid,
                "an order of the wave \(stage.name)/\(wave.name) could not be sent: \(error); "
                    + "shorten the wave's checks and variables, or make its batches smaller"
            )
        }
    }

    private func order(
        of plan: Plan,
        _ digest: Digest,
        _ stage: Stage,
        _ wave: Wave,
        _ region: RegionName,
        _ service: ServicePlan
    ) -> Order? {
        guard let release = ReleaseID("\(plan.name)-1"), let host = HostName("host"),
            let version = Version("0")
        else { return nil }
        let members = fleet[region, default: []].sorted { $0.text.utf8.count > $1.text.utf8.count }
        let hosts = members.prefix(wave.rollout.batch.hosts(of: members.count))
        return Order(
            cluster: cluster,
            id: OrderID(
                release: release,
                region: region,
                service: service.name,
                generation: 1,
                batch: 0,
                attempt: 1
            ),
            release: release,
            planDigest: digest,
            epoch: 1,
            generation: 1,
            sequence: 1,
            stage: stage.name,
            wave: wave.name,
            region: region,
            service: service.name,
            hosts: hosts.isEmpty ? [host] : hosts.sorted(),
            action: .deploy,
            artifact: Artifact(name: service.artifact, version: version, digest: digest, length_bytes: 1),
            variables: wave.variables,
            checks: wave.checks,
            watchEvery: wave.bake.every,
            timeout: wave.rollout.timeout,
            notBefore: now,
            expires: now + Order.lifetime_max,
            attempt: 1
        )
    }
}
