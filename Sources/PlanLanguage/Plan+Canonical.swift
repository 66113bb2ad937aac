import StructuredText
import TrainModel

// The form whose digest names a plan. It is made from all of the model, so that nothing that decides can be left out of
// what people approve. `docs/plan-language.md` says what it depends on.

extension Plan {
    /// Services sorted, since their order decides nothing.
    func canonicalValue() throws -> JSONValue {
        var plan = self
        plan.services.sort { $0.name < $1.name }
        for stage in plan.stages.indices {
            for wave in plan.stages[stage].waves.indices { plan.stages[stage].waves[wave].services.sort() }
        }
        let value = try JSONValue(encoding: plan).withoutUnnamedKeys
        return .object(["plan": value, "wavetrain": .integer(Int64(PlanCompiler.languageVersion))])
    }
}

extension Wave {
    /// What each order of the wave carries, whatever its hosts and its service.
    func orderPart_bytes() throws -> Int {
        try JSONText.canonical(JSONValue(encoding: checks)).count
            + JSONText.canonical(JSONValue(encoding: variables)).count
    }
}

extension JSONValue {
    /// `{"approval": {"_0": …}}`, as the compiler encodes an enumeration's unnamed value, as `{"approval": …}`.
    fileprivate var withoutUnnamedKeys: JSONValue {
        switch self {
        case .object(let members) where members.count == 1 && members[0].key == "_0":
            members[0].value.withoutUnnamedKeys
        case .object(let members): .object(members.map { Member($0.key, $0.value.withoutUnnamedKeys) })
        case .list(let items): .list(items.map(\.withoutUnnamedKeys))
        default: self
        }
    }
}
