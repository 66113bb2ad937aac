import StructuredText
import TrainModel

/// The key of a mapping in which people name things.
struct NamedKey<Kind> {
    /// Nil where the key is no name; that is recorded already, and what stands behind it is still worth reading.
    let name: Name<Kind>?
    /// As it was written.
    let key: String
    let place: Place
    /// For a sentence: `the wave "part-1"`.
    let label: String
}

extension Shape {
    /// A mapping of names to mappings, in the order in which they are written, with at least one.
    static func named<Kind, Item>(
        _ noun: String,
        _ wanted: String,
        _ body: @escaping (NamedKey<Kind>, Fields) -> Item?
    ) -> Shape where Value == [Item] {
        let nowhere = Place.start(of: "")
        return Shape(
            wanted,
            schema: {
                let item = Fields.schema($0) { body(NamedKey(name: nil, key: "", place: nowhere, label: noun), $0) }
                return Schema.entries(of: item, key: Schema.name, count_min: 1)
            }
        ) { node, label, problems in
            guard let mapping = node.mapping else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard !mapping.entries.isEmpty else {
                problems.add(node.place, .noValue, "\(label) must hold at least one \(noun)")
                return nil
            }
            let items = mapping.entries.compactMap { entry -> Item? in
                let name = Name<Kind>(entry.key)
                if name == nil { problems.addBadName(entry.key, noun: noun, entry.keyPlace) }
                let label = "the \(noun) \(Problem.quote(entry.key))"
                let key = NamedKey(name: name, key: entry.key, place: entry.keyPlace, label: label)
                let fields = Fields(entry.value, problems, label: label)
                guard entry.value.mapping != nil else { return nil }
                let item = body(key, fields)
                fields.finish()
                return item
            }
            return items.count == mapping.entries.count ? items : nil
        }
    }

    /// A mapping of names to items of any shape, in the order in which they are written; `join` puts the two together.
    static func catalogue<Item, Named>(
        _ noun: String,
        _ item: Shape<Item>,
        count: ClosedRange<Int>,
        _ join: @escaping (String, Item) -> Named
    ) -> Shape where Value == [Named] {
        let wanted = "a mapping of names, each with \(item.wanted)"
        return Shape(
            wanted,
            schema: { Schema.entries(of: item.schema($0), key: Schema.name, count_min: count.lowerBound) }
        ) { node, label, problems in
            guard let mapping = node.mapping else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard count.contains(mapping.entries.count) else {
                let bounds = count.count == 1 ? "exactly one" : "\(count.lowerBound) to \(count.upperBound)"
                problems.add(node.place, .outOfRange, "\(label) must hold \(bounds) \(noun)")
                return nil
            }
            let items = mapping.entries.compactMap { entry -> Named? in
                let isName = Name<Never>(entry.key) != nil
                if !isName { problems.addBadName(entry.key, noun: noun, entry.keyPlace) }
                let value = item.read(entry.value, Problem.quote(entry.key), problems)
                return isName ? value.map { join(entry.key, $0) } : nil
            }
            return items.count == mapping.entries.count ? items : nil
        }
    }
}
