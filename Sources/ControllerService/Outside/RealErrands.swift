import HTTPCalls
import Notifications
import Outside
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Errands to the real world, as the configuration describes it.
public struct RealErrands: ErrandRunner {
    private let prober: Prober
    private let registries: RegistryReader
    private let repositories: RepositoryReader
    private let notices: NoticeCarrier

    public init(_ configuration: ControllerConfiguration) {
        let http = HTTPClient()
        prober = Prober(configuration.outside, http: http)
        registries = RegistryReader(configuration.outside, http: http)
        repositories = RepositoryReader(configuration.outside)
        notices = NoticeCarrier(cluster: configuration.cluster, channels: configuration.channels, http: http)
    }

    public func run(_ effect: Effect, within: Interval) async -> Input? {
        switch effect {
        case .probe(let key, let kind, let field, _):
            return .probed(key, await prober.answer(to: kind, field: field, within: within))
        case .lookForTags(let plan, let rule):
            switch await registries.tags(of: rule, within: within) {
            case .success(let tags): return .tagsSeen(plan, tags)
            case .failure(let failure):
                return .tagsUnseen(plan, reason: failure.description, isAbsent: failure.code == .absent)
            }
        case .findChanges(let plan, let rule, let since):
            return .changesFound(plan, await repositories.changes(of: rule, since: since, within: within))
        case .notify(let notice):
            return .noticeAnswered(notice.id, failure: await notices.deliver(notice, within: within))
        case .deliver, .acknowledgeReceipt, .cutLink, .wake:
            return nil
        }
    }
}
