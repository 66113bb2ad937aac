import ControllerService
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import TrainModel

extension Call {
    /// The newest view after each change, one line each, until the release has ended or the controller stops.
    static func watchRelease(_ call: Call) async throws -> Response {
        let id = try await call.release().view.id
        let lines = ViewLines(call.controller.watch(id))
        return .lines { writer in
            for try await _ in lines.wishes.cancelOnGracefulShutdown() {
                try await writer.write(lines.take() ?? ViewLines.blank)
            }
            if let last = lines.take() { try await writer.write(last) }
        }
    }
}
