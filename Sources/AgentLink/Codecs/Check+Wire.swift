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
        kind = try check.kind.wire()
    }
}
