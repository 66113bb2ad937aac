import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct PushTests {
    private func source(_ branch: String = "", commit: String = "", changes: [Change] = []) -> ArtifactSource {
        var source = ArtifactSource()
        source.branch = branch
        source.commit = commit
        source.changes = changes
        return source
    }

    @Test func `the same version from another source is refused in words, and nothing of it is taken`() {
        var yard = Yard()
        let artifact = Yard.artifact("web", "1")
        #expect(yard.tell(.pushArtifact(artifact, source("main", commit: "abc"))) == .success(.done))
        #expect(yard.tell(.pushArtifact(artifact, source("main", commit: "abc"))) == .success(.alreadyDone))
        #expect(yard.tell(.pushArtifact(artifact, source())) == .success(.alreadyDone))
        let other = yard.tell(.pushArtifact(artifact, source("hotfix/x", commit: "def")))
        #expect(
            other?.objection
                == "web 1 is there already, with branch main and not hotfix/x, commit abc and not def, and where a version comes from never changes; push it under another version"
        )
        #expect(yard.train.state.artifacts.values.map(\.source) == [source("main", commit: "abc")])
    }

    @Test func `what nobody has said yet of where a version comes from may be said later, and is no later push`() {
        var yard = Yard()
        let artifact = Yard.artifact("web", "1")
        yard.tell(.pushArtifact(artifact, source("main")))
        let first = yard.now
        yard.run(.hours(1))
        let change = Yard.change("c1")
        #expect(
            yard.tell(.pushArtifact(artifact, source(commit: "abc", changes: [change])), by: "bo") == .success(.done)
        )
        yard.restart()
        let record = yard.train.state.artifacts.values.first
        #expect(record?.source == source("main", commit: "abc", changes: [change]))
        #expect(record?.at == first)
        #expect(record?.by.text == "ana")
        #expect(yard.tell(.pushArtifact(artifact, source(changes: [Yard.change("c2")])))?.objection != nil)
    }
}
