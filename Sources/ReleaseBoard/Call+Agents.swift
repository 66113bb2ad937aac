import ReleaseDecisions
import HTTPTypes
import ControllerService
import HummingbirdCore
import StructuredText
import TimeAndChance
import TrainModel

extension Call {
    static func listAgents(_ call: Call) async throws -> Response {
        try .json(["agents": await call.controller.agents()])
    }

    /// The token stands in this answer and nowhere else.
    static func makeJoinToken(_ call: Call) async throws -> Response {
        let wish = try await call.body { JoinTokenWish($0) }
        let result = try await call.controller.makeJoinToken(
            region: wish.region,
            lifetime: wish.lifetime,
            by: call.actor()
        )
        return .json(.object(["token": .string(try result.get())]), status: .created)
    }

    static func revokeAgent(_ call: Call) async throws -> Response {
        let host = HostKey(region: try call.name("region", "region"), host: try call.name("host", "host"))
        return try await call.perform(.revokeHost(host, reason: call.reason()))
    }
}

/// `{"region", "lifetime"}`
private struct JoinTokenWish {
    let region: RegionName
    let lifetime: Interval

    init?(_ fields: Fields) {
        let region: RegionName? = fields.required("region", .name("region"))
        lifetime = fields.interval("lifetime", in: .seconds(1) ... .days(7), default: .hours(1))
        guard let region else { return nil }
        self.region = region
    }
}
