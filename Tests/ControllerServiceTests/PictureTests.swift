import EventStore
import Foundation
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@testable import ControllerService

@Suite struct PictureTests {
    @Test func `everybody who watches a release is shown one picture of each change`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let id = try await rig.start()
            var watchers = (1...20).map { _ in controller.watch(id).makeAsyncIterator() }
            for reason in ["", "once", "again"] {
                if !reason.isEmpty {
                    let command: Command = reason == "once" ? .pause(id, reason: reason) : .resume(id)
                    #expect(try await controller.perform(command, by: rig.ana) == .success(.done))
                }
                var pictures: [ObjectIdentifier: ReleasePicture] = [:]
                for index in watchers.indices {
                    let picture = try #require(try await watchers[index].next())
                    pictures[ObjectIdentifier(picture)] = picture
                }
                #expect(pictures.count == 1)
                #expect(pictures.values.first?.view.state == (reason == "once" ? .paused : .running))
            }
        }
    }

    @Test func `what was asked for after a change shows it`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let id = try await rig.start()
            for round in 1...50 {
                _ = try await controller.perform(.pause(id, reason: "\(round)"), by: rig.ana)
                #expect(try await controller.release(id)?.view.state == .paused)
                _ = try await controller.perform(.resume(id), by: rig.ana)
                #expect(try await controller.releases().first?.view.state == .running)
            }
        }
    }

    @Test func `a snapshot that cannot be read is passed over, said, and every event replayed`() async throws {
        let rig = try await Rig()
        try await rig.running { _ async throws in _ = try await rig.push("web", "1") }
        let head = try rig.store.head.sequence
        try await rig.store.saveSnapshot(Array("{\"format\":1,\"state\":{}}".utf8), at: head)
        let again = try await Rig(store: rig.store, folder: rig.folder)
        try await again.running { controller async throws in
            #expect(try await controller.artifacts().map(\.version.text) == ["1"])
        }
    }

    @Test func `why a snapshot is of no use is said in words`() throws {
        let cluster = try #require(ClusterName("test"))
        let fine = try SnapshotCoding.encode(TrainState(cluster: cluster))
        #expect(try SnapshotCoding.decode(fine, cluster: cluster).cluster == cluster)
        for (bytes, words) in [
            (Array("{\"format\":0}".utf8), "format 0"), (Array("{".utf8), "cannot be read"),
            (try SnapshotCoding.encode(TrainState(cluster: #require(ClusterName("other")))), "cluster other"),
        ] {
            let error = #expect(throws: SnapshotUnusable.self) {
                try SnapshotCoding.decode(bytes, cluster: cluster)
            }
            #expect(error?.description.contains(words) == true)
        }
    }

    @Test func `a refusal that is recorded is in the log, and the controller goes on from there`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            controller.record(Refused(act: "log_in", subject: "::1\n", code: "unauthorized"), of: nil)
            #expect(try await rig.push("web", "1") == .success(.done))
        }
        let records = try await rig.store.records(after: 0, limit: 10)
        #expect(records.map(\.kind) == ["epoch_began", "act_refused", "artifact_pushed"])
        let again = try await Rig(store: rig.store, folder: rig.folder)
        #expect(try again.store.head.sequence >= 3)
    }
}

extension Rig {
    /// A release of version 1, which is pushed for it.
    func start(_ plan: String = Rig.plan) async throws -> ReleaseID {
        if plan == Rig.plan { _ = try await push("shop", "1") }
        let answer = try await controller.startRelease(
            source: plan,
            file: "plan.yaml",
            versions: [:],
            allVersions: Version("1"),
            description: "",
            by: ana
        )
        guard case .started(let id) = try answer.get() else { throw CancellationError() }
        return id
    }
}
