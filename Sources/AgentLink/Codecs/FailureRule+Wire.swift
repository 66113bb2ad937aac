import SwiftProtobuf
import TrainModel
import WireMessages

/// A host learns how to recognise a failure, whether to verify it and what to look up. What the controller does about it,
/// and whom it calls, does not travel: such a rule reads as `asUsual` at the other end.
extension FailureRule {
    init(_ wire: Wavetrain_V1_FailureRule) throws(LinkError) {
        self.init(
            name: try Field.requiredText(wire.name, bytes_max: Bounds.ruleNameBytes_max, "name"),
            action: wire.verify ? .verify : .asUsual
        )
        match = try Match(wire)
        diagnose = try Field.list(wire.lookups, count_max: Bounds.lookups_max, "lookups") {
            (lookup) throws(LinkError) in try Diagnosis(lookup)
        }
    }
}

extension FailureRule.Match {
    fileprivate init(_ wire: Wavetrain_V1_FailureRule) throws(LinkError) {
        self.init()
        output = try Field.text(wire.output, bytes_max: Bounds.patternBytes_max, "output")
        exitCode = wire.hasExitCode ? try Self.exitCode(wire.exitCode) : nil
        steps = try Field.list(wire.steps, count_max: Step.allCases.count, "steps") {
            (step) throws(LinkError) in try Step(step, "")
        }
        check = try Field.text(wire.check, bytes_max: Bounds.checkNameBytes_max, "check")
    }

    private static func exitCode(_ wire: UInt32) throws(LinkError) -> Int {
        guard wire <= 255 else { throw .bounds("exit_code", "\(wire) is no exit code from 0 to 255.") }
        return Int(wire)
    }
}

extension Diagnosis {
    fileprivate init(_ wire: Wavetrain_V1_Lookup) throws(LinkError) {
        self.init(
            name: try Field.requiredText(wire.name, bytes_max: Bounds.ruleNameBytes_max, "name"),
            kind: .command(try Field.command(wire.arguments, "arguments"))
        )
    }
}

extension Wavetrain_V1_FailureRule {
    init(_ rule: FailureRule) throws(LinkError) {
        self.init()
        name = rule.name
        output = rule.match.output
        if let exitCode = rule.match.exitCode {
            guard let wire = UInt32(exactly: exitCode) else {
                throw .bounds("exit_code", "\(exitCode) is no exit code from 0 to 255.")
            }
            self.exitCode = wire
        }
        steps = rule.match.steps.map(\.wire)
        check = rule.match.check
        verify = rule.action == .verify
        lookups = rule.diagnose.compactMap { diagnosis in
            guard case .command(let arguments) = diagnosis.kind else { return nil }
            return .with {
                $0.name = diagnosis.name
                $0.arguments = arguments
            }
        }
    }
}
