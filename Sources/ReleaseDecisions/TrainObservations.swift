import OrderedCollections
import TimeAndChance
import TrainModel

/// What trains have asked the outside since the controller started.
struct TrainObservations: Sendable {
    /// An attempt to deliver a notice.
    struct Delivery: Sendable {
        var attempts = 0
        /// When the last attempt was made; nil: it has been answered.
        var asked: Instant?
        /// When the next is due.
        var next: Instant
    }

    /// When each plan's registry was last asked.
    var lookedForTags: [PlanName: Instant] = [:]
    /// Since when each plan's registry has not been readable.
    var tagsUnseen: [PlanName: Instant] = [:]
    /// Why the newest arrival of a plan has no release yet.
    var refusedArrivals: [PlanName: String] = [:]
    /// When each plan's branch was last asked.
    var askedForChanges: [PlanName: Instant] = [:]
    /// Releases of the input in hand that may newly wait for a person.
    var mayWait: OrderedSet<ReleaseID> = []
    var deliveries: [UInt64: Delivery] = [:]
}
