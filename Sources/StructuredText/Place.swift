/// Where something stands in a text that somebody wrote: file, line and column, both counted from 1.
/// A column counts Unicode scalars, as editors do.
public struct Place: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// A path or a name as the person knows it, such as `plan.yaml` or `request body`.
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The first character of a file.
    public static func start(of file: String) -> Place { Place(file: file, line: 1, column: 1) }

    public var description: String { "\(file):\(line):\(column)" }

    public static func < (left: Place, right: Place) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

/// A value together with the place where it was written, for checks that come after reading.
public struct Located<Value> {
    public let value: Value
    public let place: Place

    public init(_ value: Value, at place: Place) {
        self.value = value
        self.place = place
    }
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}
