import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

extension Check {
    init(_ wire: Wavetrain_V1_Check) throws(LinkError) {
        self.init(
            name: try Field.requiredText(wire.name, bytes_max: Bounds.checkNameBytes_max, "name"),
            level: try Level(wire.level),
            kind: try Kind(wire.kind),
            within: try Field.interval(ms: wire.withinMs, "within_ms"),
            every: try Field.interval(ms: wire.everyMs, "every_ms"),
            limit: try Field.interval(ms: wire.forMs, "for_ms")
        )
    }
}

extension Check.Level {
    fileprivate init(_ wire: Wavetrain_V1_CheckLevel) throws(LinkError) {
        switch wire {
        case .fail: self = .fail
        case .warn: self = .warn
        case .unspecified: throw .missing("level")
        case .UNRECOGNIZED(let number): throw .unknownValue("level", number)
        }
    }
}

extension Check.Kind {
    fileprivate init(_ wire: Wavetrain_V1_Check.OneOf_Kind?) throws(LinkError) {
        switch wire {
        case .http(let http): self = try Field.message("http") { () throws(LinkError) in try Self.http(http) }
        case .tcp(let tcp):
            self = .tcp(
                address: try Field.requiredText(tcp.address, bytes_max: Bounds.checkTextBytes_max, "tcp.address")
            )
        case .command(let command):
            self = .command(arguments: try Field.command(command.arguments, "command.arguments"))
        case .runningVersion: self = .runningVersion
        case nil: throw .missing("kind")
        }
    }

    private static func http(_ wire: Wavetrain_V1_HTTPCheck) throws(LinkError) -> Check.Kind {
        guard wire.status != 0 else { throw .missing("status") }
        guard (100...599).contains(wire.status) else {
            throw .bounds("status", "\(wire.status) is no HTTP status from 100 to 599.")
        }
        return .http(
            url: try Field.requiredText(wire.url, bytes_max: Bounds.checkTextBytes_max, "url"),
            status: Int(wire.status),
            bodyContains: try Field.text(wire.bodyContains, bytes_max: Bounds.checkTextBytes_max, "body_contains")
        )
    }
}

extension Wavetrain_V1_Check {
    init(_ check: Check) throws(LinkError) {
        self.init()
        name = check.name
        level =
            switch check.level {
            case .fail: .fail
            case .warn: .warn
            }
        everyMs = try check.every.wire_ms("every_ms")
        forMs = try check.limit.wire_ms("for_ms")
        withinMs = try check.within.wire_ms("within_ms")
        switch check.kind {
        case .http(let url, let status, let bodyContains):
            guard let status = UInt32(exactly: status) else { throw .bounds("http.status", "\(status) is negative.") }
            http = .with {
                $0.url = url
                $0.status = status
                $0.bodyContains = bodyContains
            }
        case .tcp(let address): tcp = .with { $0.address = address }
        case .command(let arguments): command = .with { $0.arguments = arguments }
        case .runningVersion: runningVersion = .init()
        }
    }
}
