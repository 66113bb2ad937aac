import CYAML

/// What libyaml finds in a text, one piece after the other; the owner of its parser.
///
/// It builds nothing and follows no alias. Inside libyaml each further level makes every piece dearer, so a text that
/// goes too deep is read no further.
struct YAMLEvents: ~Copyable {
    /// One piece, and where it begins.
    struct Event {
        enum Kind {
            case documentStart
            case alias
            case scalar(String, isPlain: Bool)
            case listStart
            case mappingStart
            /// Of the innermost list or mapping.
            case end
            case streamEnd
            /// Says nothing of the values.
            case other
        }

        let kind: Kind
        /// Line and column, both counted from 1, the column in Unicode scalars.
        let line: Int
        let column: Int
        var hasAnchor = false
        /// Nil: it carries none of its own.
        var tag: String?
    }

    /// Where reading stopped, in libyaml's own words but for the depth.
    struct Failure: Error {
        enum Cause {
            /// This byte of the text, counted from 0, is of no character that YAML allows.
            case character(atByte: Int, value: UInt32)
            case syntax(line: Int, column: Int, context: String?)
            /// A value in more lists and mappings than are read.
            case depth(line: Int, column: Int)
            case memory
        }

        let cause: Cause
        let problem: String
    }

    // The parser keeps pointers into itself and into the text, so neither may move.
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let depth_max: Int
    /// Lists and mappings begun and not ended.
    private var depth = 0

    /// - Parameter depth_max: of a value, the document's own being 1.
    init(_ text: String, depth_max: Int) throws(Failure) {
        self.depth_max = depth_max
        input = .allocate(capacity: text.utf8.count)
        _ = input.initialize(from: text.utf8)
        // 1, or 0 without memory; all of it is zero then, and deleting it is allowed.
        guard yaml_parser_initialize(parser) == 1 else { throw Failure(cause: .memory, problem: "out of memory") }
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    mutating func next() throws(Failure) -> Event {
        var event = yaml_event_t()
        // 1, or 0 with the reason in the parser.
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        let found = Event(event)
        depth += found.nesting
        if case .scalar = found.kind, depth >= depth_max { throw tooDeep(found) }
        guard depth <= depth_max else { throw tooDeep(found) }
        return found
    }

    private func tooDeep(_ event: Event) -> Failure {
        let cause = Failure.Cause.depth(line: event.line, column: event.column)
        return Failure(cause: cause, problem: "stands deeper than \(depth_max) levels")
    }

    private var failure: Failure {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "unreadable"
        switch parser.error {
        case YAML_MEMORY_ERROR: return Failure(cause: .memory, problem: "out of memory")
        case YAML_READER_ERROR:
            let value = UInt32(truncatingIfNeeded: parser.problem_value)
            return Failure(cause: .character(atByte: parser.problem_offset, value: value), problem: problem)
        default:
            let cause = Failure.Cause.syntax(
                line: parser.problem_mark.line + 1,
                column: parser.problem_mark.column + 1,
                context: parser.context.map { String(cString: $0) }
            )
            return Failure(cause: cause, problem: problem)
        }
    }
}

extension YAMLEvents.Event {
    /// By how much it changes the depth.
    var nesting: Int {
        switch kind {
        case .listStart, .mappingStart: 1
        case .end: -1
        case .documentStart, .alias, .scalar, .streamEnd, .other: 0
        }
    }

    fileprivate init(_ event: yaml_event_t) {
        (line, column) = (event.start_mark.line + 1, event.start_mark.column + 1)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            kind = .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            (hasAnchor, tag) = (scalar.anchor != nil, Self.text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            kind = .listStart
            (hasAnchor, tag) = (event.data.sequence_start.anchor != nil, Self.text(event.data.sequence_start.tag))
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            (hasAnchor, tag) = (event.data.mapping_start.anchor != nil, Self.text(event.data.mapping_start.tag))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        default: kind = .other
        }
    }

    private static func text(_ pointer: UnsafePointer<UInt8>?) -> String? { pointer.map { String(cString: $0) } }
}
