import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

@Suite struct RecipeTests {
    private func running() throws -> Story {
        var story = try Story(recipes: ["kubernetes"])
        story.hooks = DeclaredHooks(start: .repeatable, verify: .repeatable)
        try story.apply(try order(version: 1, recipe: "kubernetes"))
        return story
    }

    @Test func `nothing is fetched for a recipe`() throws {
        var story = try running()
        #expect(story.moves == [.unpack, .switchToNew, .startNew, .verifyNew, .smokeNew])
        let current = try #require(story.service?.current)
        let reference = "registry.example.com/partner:1.0"
        #expect(current.recipe == Deployment.Recipe(name: try name("kubernetes"), reference: reference))
        story.forget()
        try story.apply(try order(version: 2, generation: 2, recipe: "kubernetes"))
        #expect(story.receipts.map(\.running?.version) == [Version("2.0")])
    }

    @Test func `the way back runs the recipe with the artifact before`() throws {
        var story = try running()
        story.forget()
        story.failing = [.smokeNew]
        try story.apply(try order(version: 2, generation: 2, recipe: "kubernetes"))
        #expect(story.moves.suffix(4) == [.switchToOld, .startOld, .verifyOld, .smokeOld])
        let start = try #require(story.orders.first { $0.move == .startOld })
        #expect(start.deployment?.recipe?.reference == "registry.example.com/partner:1.0")
        #expect(start.purpose == .return)
        #expect(story.receipts.map(\.outcome) == [.returned])
    }

    @Test func `a recipe rolls back only to what was healthy on this host`() throws {
        var story = try running()
        try story.apply(try order(version: 2, generation: 2, recipe: "kubernetes"))
        story.forget()
        try story.apply(try order(version: 3, generation: 3, action: .rollBack, recipe: "kubernetes"))
        #expect(story.refusals == ["never-healthy-here"])
        try story.apply(try order(version: 1, generation: 4, action: .rollBack, recipe: "kubernetes"))
        #expect(story.receipts.map(\.outcome) == [.applied])
        #expect(story.orders.first { $0.move == .startNew }?.purpose == .rollBack)
    }

    @Test func `a recipe that the host does not allow is refused, whatever wants it`() throws {
        var story = try running()
        story.forget()
        try story.apply(try order(version: 2, generation: 2, recipe: "shell"))
        #expect(story.refusals == ["recipe-not-allowed"])
        #expect(story.moves.isEmpty)
        var host = Story.changed(story, recipes: [])
        try host.apply(try order(version: 1, generation: 3, action: .restart))
        try host.apply(try order(version: 2, generation: 3, recipe: "kubernetes"))
        try host.apply(try order(version: 1, generation: 3, action: .rollBack, recipe: "kubernetes"))
        #expect(host.refusals == Array(repeating: "recipe-not-allowed", count: 3))
    }

    @Test func `an order that waited while its recipe was forbidden ends in a receipt that says so`() throws {
        var story = try Story(recipes: ["kubernetes"])
        let later = Instant(unix_ms: 60_000)
        story.give(.order(try order(recipe: "kubernetes", notBefore: later), digest: try digest(7)))
        story = Story.changed(story, recipes: [])
        #expect(story.state.memory.unsentReceipts.map(\.code) == ["recipe-not-allowed"])
    }

    @Test func `a bundle follows a recipe and a recipe a bundle`() throws {
        var story = try running()
        story.hooks = allHooksOnce
        try story.apply(try order(version: 2, generation: 2))
        story.forget()
        story.hooks = DeclaredHooks(start: .repeatable)
        try story.apply(try order(version: 3, generation: 3, recipe: "kubernetes"))
        #expect(story.moves == [.unpack, .drainOld, .stopOld, .switchToNew, .startNew, .smokeNew])
        #expect(story.service?.current?.recipe?.name.text == "kubernetes")
        #expect(story.service?.previous?.recipe == nil)
    }
}
