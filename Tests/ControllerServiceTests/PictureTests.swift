import EventStore
import Foundation
import Synchronization
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@testable import ControllerService

@Suite(.timeLimit(.minutes(10))) struct PictureTests {
    @Test func `whoever looks at a release is shown the one picture of its revision`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let id = try await rig.start()
            // As old as it likes, so that nothing here depends on how fast this machine is.
            let gallery = Gallery(age_max: .seconds(86_400))
            for command in [Command.pause(id, reason: ""), .resume(id)] {
                _ = try await controller.perform(command, by: rig.ana)
                let looks = Tally()
                let shown = try await withThrowingTaskGroup(of: ReleasePicture?.self) { group in
                    for _ in 1...20 {
                        group.addTask {
                            let seen = try await gallery.picture(of: id) {
                                try controller.look().train.revision(of: id)
                            } look: {
                                looks.add()
                                return try controller.look()
                            }
                            return seen?.picture
                        }
                    }
                    return try await group.reduce(into: Set<ObjectIdentifier?>()) {
                        $0.insert($1.map(ObjectIdentifier.init))
                    }
                }
                #expect(shown.count == 1)
                #expect(!shown.contains(nil))
                #expect(looks.count == 1)
            }
        }
    }

    @Test func `a watch shows each change that lasts, and ends with the release`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let id = try await rig.start()
            var states = controller.watch(id).map(\.view.state).makeAsyncIterator()
            for (command, wanted) in [
                (nil, ReleaseView.State.running), (Command.pause(id, reason: ""), .paused), (.resume(id), .running),
                (.abort(id, reason: ""), .aborted),
            ] {
                if let command { _ = try await controller.perform(command, by: rig.ana) }
                while let state = try await states.next(), state != wanted {}
            }
            #expect(try await states.next() == nil)
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
        try await rig.store.saveSnapshot(Array("{\"format\":2,\"state\":{}}".utf8), at: head)
        let again = try await Rig(after: rig)
        try await again.running { controller async throws in
            #expect(try await controller.artifacts().map(\.artifact.version.text) == ["1"])
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
        let again = try await Rig(after: rig)
        #expect(try again.store.head.sequence >= 3)
    }
}

/// Counts what happens on any thread.
private final class Tally: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
}

extension Rig {
    /// A release of version 1, which is pushed for it.
    func start(_ plan: String = Rig.plan) async throws -> ReleaseID {
        if plan == Rig.plan { _ = try await push("shop", "1") }
        let answer = try await controller.startRelease(Rig.wish(plan, version: "1"), by: ana)
        guard case .started(let id) = try answer.get() else { throw CancellationError() }
        return id
    }
}
