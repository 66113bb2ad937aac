import Calendars
import StructuredText
import TrainModel

extension Shape where Value == Plan {
    /// The whole of a plan, included files joined in.
    static func plan(_ sources: SourceReader, readZone: @escaping Vocabulary.ReadZone) -> Shape {
        .mapping { fields in
            // In another version of the language the other keys may mean something else.
            let version = fields.required("wavetrain", .languageVersion, "The version of this language.")
            guard version != nil || !fields.has("wavetrain") else {
                fields.ignoreTheRest()
                return nil
            }
            _ = fields.optional("include", .includes, "Files with more keys of this plan, such as shared parts.")
            return plan(fields, sources, readZone)
        }
    }

    /// First what others refer to, then what refers to it.
    private static func plan(
        _ fields: Fields,
        _ sources: SourceReader,
        _ readZone: @escaping Vocabulary.ReadZone
    ) -> Plan? {
        let name = fields.required("plan", Shape<PlanName>.name("plan"), "What the plan is called.")
        let team = fields.optional("team", Shape<GroupName>.name("team"), "Who owns the change.")
        let words = Vocabulary.read(fields, plan: name, readZone)
        let artifacts = fields.optional("artifact", .artifact, "What is deployed.") ?? ArtifactSettings()
        let services = fields.required("services", .services(sources), "What is deployed in each region.")
        let settings = Settings.read(fields, words)
        var inherited = settings
        // A plan's tags are its own, and need not be repeated in every wave.
        inherited.tags = [:]
        let stages = fields.required("stages", .stages(within: inherited, words), "The environments, in order.")
        let parts = PlanParts.read(fields, words)
        guard let name, let services, let stages else { return nil }
        var plan = Plan(
            name: name,
            services: services.map { $0.plan(of: artifacts) },
            stages: stages.map { $0.stage(of: services) }
        )
        plan.team = team?.text ?? ""
        plan.artifacts = artifacts.rule
        plan.tags = settings.tags.tags
        parts.join(&plan)
        WholePlan(services: services, stages: stages, settings: settings, plan: plan, fields: fields).check()
        return plan
    }
}
