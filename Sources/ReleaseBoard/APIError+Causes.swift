import ControllerService
import HTTPTypes
import ReleaseDecisions
import StructuredText

extension APIError {
    /// What went wrong behind the API, in its terms. What is unknown is a 500 without details: they are in the log.
    init(_ error: any Error) {
        self =
            switch error {
            case let error as APIError: error
            case let refusal as Refusal: APIError(refusal)
            case let error as ControllerError: APIError(error)
            case let problems as Problems: .brokenPlan(problems)
            default:
                APIError(
                    .internalServerError,
                    "internal",
                    "the request failed: \(type(of: error))",
                    remedy: "the controller's log has the cause; report it as a bug"
                )
            }
    }

    private init(_ refusal: Refusal) {
        let status: HTTPResponse.Status =
            switch refusal.code {
            case .notFound: .notFound
            case .conflict, .decidedOnOtherDigest, .nothingWaits, .notOpen, .revoked: .conflict
            case .notAllowed: .forbidden
            case .invalid, .tokenUnknown, .tokenUsed, .tokenExpired: .unprocessableContent
            }
        self.init(status, refusal.code.rawValue, refusal.sentence)
    }

    private init(_ error: ControllerError) {
        let (status, code): (HTTPResponse.Status, String) =
            switch error.code {
            case .bundleMismatch: (.unprocessableContent, "bundle_mismatch")
            case .wrongOffset: (.conflict, "wrong_offset")
            case .bundleUnwritable: (.serviceUnavailable, "bundle_unwritable")
            case .stopping: (.serviceUnavailable, "stopping")
            case .storeFailed: (.serviceUnavailable, "store_failed")
            case .configuration, .dataFolder, .keys, .eventUnreadable: (.serviceUnavailable, "unavailable")
            }
        self.init(status, code, error.sentence, remedy: error.remedy)
    }

    static func brokenPlan(_ problems: Problems) -> APIError {
        let count = problems.all.count + problems.omitted_count
        return APIError(
            .unprocessableContent,
            "broken_plan",
            "the plan has \(count) mistake\(count == 1 ? "" : "s")",
            remedy: "`wavetrain plan check` shows them without a controller",
            problems: problems.all
        )
    }
}
