import ControllerService
import Foundation
import Notifications
import Outside
import Testing

@Suite struct ExampleConfigurationTests {
    private var file: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("controller/controller.yaml").path
    }

    @Test func `the example that operators copy is read with all that it says of the outside`() throws {
        let configuration = try ControllerConfiguration(file: file)
        #expect(configuration.outside.probes.count == 2)
        #expect(configuration.outside.repositories.keys.sorted() == ["web"])
        #expect(configuration.channels.keys.sorted() == ["board:audit", "chat:release-room", "mail:solution-team"])
        guard case .mail(let box)? = configuration.channels["mail:solution-team"] else {
            Issue.record("the mailbox is none")
            return
        }
        #expect(box.port == 465)
        #expect(box.to.count == 2)
    }
}
