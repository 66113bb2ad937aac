import TrainModel

/// `release watch` on a terminal: one line a region, with a mark for each host and what it does just now.
enum LivePicture {
    static func lines(
        _ release: ReleaseView,
        news: [String],
        columns: Int,
        rows: Int,
        utf8: Bool
    ) -> [StyledLine] {
        let header = [StyledLine(ReleaseText.header(release), .bold)]
        let foot = holds(release) + ending(release) + news.map { StyledLine($0, .dim) }
        let room = max(1, rows - 1 - header.count - foot.count)
        return (header + waves(release, room: room, utf8: utf8) + foot).prefix(max(1, rows - 1)).map {
            $0.cut(to: columns)
        }
    }

    /// Opens every wave if there is room, otherwise only those in which something happens, otherwise what fits of them.
    private static func waves(_ release: ReleaseView, room: Int, utf8: Bool) -> [StyledLine] {
        let all = release.waves.flatMap { wave(_: $0, of: release, isOpen: true, utf8: utf8) }
        guard all.count > room else { return all }
        let some = release.waves.flatMap { wave(_: $0, of: release, isOpen: $0.isWorthOpening, utf8: utf8) }
        guard some.count > room else { return some }
        return some.prefix(room - 1) + [StyledLine("  and \(some.count - room + 1) more lines", .dim)]
    }

    private static func wave(_ wave: WaveView, of release: ReleaseView, isOpen: Bool, utf8: Bool) -> [StyledLine] {
        var title = StyledLine("  \(wave.title)")
        title.pad(to: 32)
        title.add(wave.state.rawValue, wave.state.style)
        guard isOpen else { return [title] }
        let nameWidth = wave.regions.map(\.region.text.count).max() ?? 0
        let hostWidth = wave.regions.map(\.hosts.count).max() ?? 0
        return [title]
            + wave.regions.map { region in
                var line = StyledLine("    \(region.region)")
                line.pad(to: nameWidth + 6)
                for host in region.hosts {
                    let (mark, style) = HostMark.of(host)
                    line.add(utf8 ? mark.utf8 : mark.ascii, style)
                }
                line.pad(to: nameWidth + hostWidth + 8)
                line.add(region.state.rawValue, region.state.style)
                let detail = region.detail(in: wave, of: release)
                if !detail.isEmpty {
                    line.pad(to: nameWidth + hostWidth + 19)
                    line.add(detail)
                }
                return line
            }
    }

    /// Who can act. What a region waits for stands in its own line already.
    private static func holds(_ release: ReleaseView) -> [StyledLine] {
        release.holdsForPeople.map { hold in
            let why = hold.subject == release.id.text ? "\(hold.words(at: release.at)); " : ""
            return StyledLine("  \(hold.subject): \(why)\(SafeText.line(hold.canAct))", .yellow)
        }
    }

    private static func ending(_ release: ReleaseView) -> [StyledLine] {
        let reason = release.reason.isEmpty ? [] : [StyledLine("  \(SafeText.line(release.reason))", .red)]
        return reason + (release.failure.map { [StyledLine("  \($0.words)", .red)] } ?? [])
    }
}

/// A host in one character.
struct HostMark {
    let utf8: String
    let ascii: String

    static func of(_ host: HostView) -> (mark: HostMark, style: StyledLine.Style) {
        let (mark, style): (HostMark, StyledLine.Style) =
            switch host.state {
            case "updating": (HostMark(utf8: "◐", ascii: "~"), .cyan)
            case "updated": (HostMark(utf8: "●", ascii: "#"), .green)
            case "failed": (HostMark(utf8: "✗", ascii: "x"), .red)
            case "returning": (HostMark(utf8: "◑", ascii: "<"), .yellow)
            case "returned": (HostMark(utf8: "○", ascii: "o"), .yellow)
            case "stuck": (HostMark(utf8: "‼", ascii: "!"), .red)
            default: (HostMark(utf8: "·", ascii: "."), .dim)
            }
        return host.connected ? (mark, style) : (HostMark(utf8: "?", ascii: "?"), .red)
    }
}

extension WaveView.State {
    fileprivate var style: StyledLine.Style {
        switch self {
        case .queued, .skipped: .dim
        case .waiting: .yellow
        case .running: .cyan
        case .promoted: .green
        case .stopped: .red
        }
    }
}

extension RegionView.State {
    fileprivate var style: StyledLine.Style {
        switch self {
        case .queued: .dim
        case .waiting, .returning, .returned: .yellow
        case .deploying, .baking: .cyan
        case .healthy: .green
        case .unhealthy: .red
        }
    }
}
