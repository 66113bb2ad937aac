import TrainModel

/// A line of the file `log-marks` of a service: how far one of its logs has been read.
struct LogMark: Hashable, Sendable {
    /// When a log has grown by so much its mark is written again.
    static let step_bytes: Int64 = 1 << 20
    private static let count_max = 64

    let order: OrderID
    /// Of the deployment's checks.
    let index: Int
    /// 0 and 0: there was no log.
    let device: UInt64
    let inode: UInt64
    let offset: Int64
    let count: Int

    init(_ order: OrderID, _ index: Int, _ cursor: LogCursor) {
        self.order = order
        self.index = index
        device = cursor.file?.identity.device ?? 0
        inode = cursor.file?.identity.inode ?? 0
        offset = cursor.offset
        count = cursor.count
    }

    /// Nil for what says nothing.
    private init?(line: Substring) {
        let words = line.split(separator: " ")
        guard words.count == 6, let order = OrderID(String(words[0])), let index = Int(words[1]),
            let device = UInt64(words[2]), let inode = UInt64(words[3]), let offset = Int64(words[4]), offset >= 0,
            let count = Int(words[5]), count >= 0
        else { return nil }
        (self.order, self.index) = (order, index)
        (self.device, self.inode, self.offset, self.count) = (device, inode, offset, count)
    }

    private var line: String { "\(order) \(index) \(device) \(inode) \(offset) \(count)\n" }

    /// Throws where a line says nothing: without its mark a log would count from its end, as if nothing had been in it.
    static func read(_ path: String) throws(AgentError) -> [LogMark] {
        guard let bytes = try Files.read(path) else { return [] }
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n")
        let marks = lines.compactMap(LogMark.init(line:))
        guard !marks.isEmpty, marks.count == lines.count, text.hasSuffix("\n") else {
            throw AgentError(
                .fileFailed,
                at: path,
                "it should say how far logs were read, and does not",
                remedy: "remove it, and logs count from where they end then; or deploy again, or restart the service"
            )
        }
        return marks
    }

    /// In the place of all that was there.
    static func write(_ marks: [LogMark], to path: String) throws(AgentError) {
        try Files.replace(path, with: Array(marks.suffix(count_max).map(\.line).joined().utf8))
    }

    static func update(_ mark: LogMark, in path: String) throws(AgentError) {
        let others = try read(path).filter { $0.order == mark.order && $0.index != mark.index }
        try write(others + [mark], to: path)
    }

    /// Where to go on: in the same file, which may have been given another name beside the log meanwhile; otherwise at
    /// the beginning of what is there now.
    func cursor(at path: String) -> LogCursor {
        let identity = LogFile.Identity(device: device, inode: inode)
        let folder = Files.parent(of: path)
        // lint: then only the path itself is looked at
        let names = ((try? Files.names(in: folder)) ?? []).map { folder == "/" ? "/\($0)" : "\(folder)/\($0)" }
        let candidates = [path] + names.filter { $0.hasPrefix(path) && $0 != path }
        let file = inode == 0 ? nil : candidates.lazy.compactMap { LogFile($0) }.first { $0.identity == identity }
        return LogCursor(file: file, offset: file == nil ? 0 : offset, count: count)
    }
}
