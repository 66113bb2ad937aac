import StructuredText

extension Shape where Value == String {
    /// A path on the host itself: `/health`, with `${variable}` where needed.
    static var httpPath: Shape {
        address("a path such as /health", .badURL) { text in
            text.hasPrefix("/") ? nil : "a path begins with \"/\"; give a whole address as \"url\""
        }
    }

    static var httpURL: Shape {
        address("a URL such as http://127.0.0.1:8080/health", .badURL) { text in
            let scheme = ["http://", "https://"].first { text.hasPrefix($0) }
            guard let scheme else { return "it begins with http:// or https://" }
            let host = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            return host.isEmpty || host.hasPrefix(":")
                ? "it names no host" : host.contains("@") ? "leave out the user" : nil
        }
    }

    /// What the controller itself asks: a whole address without variables.
    static var controllerURL: Shape {
        let url = httpURL
        return Shape(url.wanted, schema: url.schema) { node, label, problems in
            guard let text = url.read(node, label, problems) else { return nil }
            guard !text.contains("${") else {
                problems.add(
                    node.place,
                    .badURL,
                    "\(label) holds a variable, and the controller has none",
                    remedy: "write it out"
                )
                return nil
            }
            return text
        }
    }

    /// `host:port`.
    static var tcpAddress: Shape {
        address("an address such as 127.0.0.1:8080", .badAddress) { text in
            guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else { return "write it as host:port" }
            let port = text[text.index(after: colon)...]
            return isPort(port) ? nil : "the port is a number from 1 to 65535"
        }
    }

    /// A port as a number or a `${variable}`.
    static var port: Shape {
        Shape("a port from 1 to 65535, or a variable", schema: { _ in portSchema }) { node, label, problems in
            guard let text = node.scalar?.text, !node.isNothing else {
                problems.addWrongType(node, label, "a port from 1 to 65535, or a variable")
                return nil
            }
            guard VariableRule.flaw(inReferencesOf: text) == nil, isPort(VariableRule.withoutReferences(text)) else {
                let sentence = "\(label) must be a port from 1 to 65535 or a variable, not \(Problem.quote(text))"
                problems.add(node.place, .badAddress, sentence)
                return nil
            }
            return text
        }
    }

    /// What reports call something: up to 80 characters on one line.
    static var label: Shape {
        .text("a short text", schema: Schema.text(length_max: 80)) { text, place, label, problems in
            guard text.count <= 80, !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else {
                problems.add(place, .badValue, "\(label) must be at most 80 characters on one line")
                return nil
            }
            return text
        }
    }

    private static let portSchema = Schema.any(of: [
        Schema.integer(in: 1...65_535), ["type": "string", "pattern": #"^[0-9]+$|\$\{"#],
    ])

    private static func isPort(_ text: some StringProtocol) -> Bool {
        text == "v" || UInt16(text).map { $0 > 0 && !text.hasPrefix("+") } ?? false
    }

    /// Printable text without spaces whose references are whole; `flaw` judges it with them taken out.
    private static func address(
        _ wanted: String,
        _ code: Problem.Code,
        _ flaw: @escaping (String) -> String?
    ) -> Shape {
        .text(wanted, schema: Schema.text(pattern: "^[!-~]+$", length_max: 2_000)) { text, place, label, problems in
            let isPrintable = text.utf8.count <= 2_000 && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
            let remedy =
                isPrintable
                ? VariableRule.flaw(inReferencesOf: text) ?? flaw(VariableRule.withoutReferences(text))
                : "it has at most 2000 printable ASCII characters and no space"
            guard let remedy else { return text }
            problems.add(place, code, "\(label) must be \(wanted), not \(Problem.quote(text))", remedy: remedy)
            return nil
        }
    }
}

extension Shape where Value == [String] {
    /// A program and its arguments, started without a shell.
    static var arguments: Shape {
        let list = Shape.list(of: Shape<String>.anyString, count: 1...100)
        return Shape("a list of a program and its arguments", schema: list.schema) { node, label, problems in
            if let text = node.scalar?.text, !node.isNothing {
                let words = text.split(separator: " ").joined(separator: ", ")
                problems.add(
                    node.place,
                    .wrongType,
                    "\(label) must be a list of a program and its arguments, not \(node.summary)",
                    remedy: "no shell reads it; write [\(words.prefix(80))]"
                )
                return nil
            }
            guard let arguments = list.read(node, label, problems) else { return nil }
            for argument in arguments {
                guard
                    let flaw = argument.utf8.contains(0)
                        ? "it holds a zero byte" : VariableRule.flaw(inReferencesOf: argument)
                else { continue }
                problems.add(node.place, .badVariable, "\(label) has an argument that cannot be used: \(flaw)")
                return nil
            }
            guard arguments.first?.isEmpty == false else {
                problems.add(node.place, .noValue, "\(label) must begin with a program")
                return nil
            }
            return arguments
        }
    }
}
