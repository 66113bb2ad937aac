import Cryptography
import StructuredText
import TrainModel

/// A plan together with the digest that names it in releases, approvals and orders.
public struct CompiledPlan: Hashable, Sendable {
    public let plan: Plan
    /// SHA-256 of `canonicalText`.
    public let digest: Digest

    public init(_ plan: Plan) {
        self.plan = plan
        digest = SHA256.digest(of: JSONText.canonical(plan.canonicalValue))
    }

    /// What the digest is taken over: the canonical JSON of the whole plan, every default written out.
    ///
    /// It does not depend on comments, layout, the order of keys and of services, or on where a value was inherited
    /// from; it changes with everything else.
    public var canonicalText: String { String(decoding: JSONText.canonical(plan.canonicalValue), as: UTF8.self) }
}
