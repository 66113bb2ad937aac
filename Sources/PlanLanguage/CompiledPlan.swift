import Cryptography
import StructuredText
import TrainModel

/// A plan together with the digest that names it in releases, approvals and orders.
public struct CompiledPlan: Hashable, Sendable {
    public let plan: Plan
    /// What the digest is taken over: the canonical JSON of the whole plan, every default written out.
    ///
    /// It does not depend on comments, layout, the order of keys and of services, or on where a value was inherited
    /// from; it changes with everything else.
    public let canonicalText: String
    /// SHA-256 of `canonicalText`.
    public let digest: Digest
    /// What it was compiled from.
    public let sources: PlanSources

    init(_ plan: Plan, sources: PlanSources) throws {
        let canonical = JSONText.canonical(try plan.canonicalValue())
        self.plan = plan
        self.sources = sources
        canonicalText = String(decoding: canonical, as: UTF8.self)
        digest = SHA256.digest(of: canonical)
    }
}
