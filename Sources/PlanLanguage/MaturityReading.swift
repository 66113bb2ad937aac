import StructuredText
import TrainModel

/// What a level of maturity takes.
private struct Grade {
    var name = ""
    var predicate: PredicateName?
    var conditions: [Condition] = []
}

extension Shape where Value == [MaturityLevel] {
    /// A list of levels, best first: `- stable: { predicate: quality, where: { coverage: '>= 80' } }`. The last may
    /// take nothing: `- alpha: {}`.
    static var maturity: Shape {
        let list = Shape<[Located<[Grade]>]>.list(of: Shape<[Grade]>.grade.located, count: 1...10)
        return Shape("a list of levels, best first", schema: list.schema) { node, label, problems in
            guard let grades = list.read(node, label, problems) else { return nil }
            for grade in grades.dropLast() where grade.value.contains(where: { $0.predicate == nil }) {
                problems.add(
                    grade.place,
                    .contradiction,
                    "everything reaches a level that takes nothing, so none is below it",
                    remedy: "say what it takes, or put it last"
                )
            }
            return grades.flatMap(\.value).compactMap { grade in
                // A level that takes nothing has no conditions, and so no use for its predicate.
                (grade.predicate ?? PredicateName(grade.name)).map {
                    MaturityLevel(name: grade.name, predicate: $0, conditions: grade.conditions)
                }
            }
        }
    }
}

extension Shape where Value == [Grade] {
    fileprivate static var grade: Shape {
        let terms = Shape<Grade>.mapping { fields in
            var grade = Grade()
            grade.predicate = fields.optional(
                "predicate",
                Shape<PredicateName>.name("predicate"),
                "The attestation that speaks of the quality."
            )
            grade.conditions = fields.optional("where", .conditions, "What its fields must be.") ?? []
            if fields.has("where"), !fields.has("predicate") {
                fields.problems.add(
                    fields.place(of: "where"),
                    .contradiction,
                    "\"where\" says nothing without \"predicate\"",
                    remedy: "name the attestation that has these fields"
                )
            }
            return grade
        }
        return catalogue("level", terms, count: 1...1) { name, grade in
            var grade = grade
            grade.name = name
            return grade
        }
    }
}
