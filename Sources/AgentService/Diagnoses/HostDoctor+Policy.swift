import Bundles
import Glibc
import TrainModel

/// What the host's own configuration allows: recipes, users, and the unit that starts the agent.
extension HostDoctor {
    /// One line for each recipe: the worst of what was found.
    func judgeRecipes() async -> ([BundleManifest], [ReportLine]) {
        var manifests: [BundleManifest] = []
        var lines: [ReportLine] = []
        // A service may say in its own variables where a program is.
        let variables = configuration.services.values.reduce(into: configuration.variables) {
            $0.merge($1.variables) { own, _ in own }
        }
        for (name, folder) in configuration.recipes.sorted(by: { $0.key < $1.key }) {
            let inspection = await RecipeInspection(folder: folder, name: name, variables: variables)
            if let manifest = inspection.manifest { manifests.append(manifest) }
            let found = inspection.report.lines
            let subject = "recipe \(name)"
            if let worst = found.first(where: { $0.state == .fail }) ?? found.first(where: { $0.state == .warn }) {
                let sentence = "\(folder): \(worst.subject): \(worst.sentence)"
                lines.append(ReportLine(state: worst.state, subject: subject, sentence: sentence, remedy: worst.remedy))
            } else {
                lines.append(.ok(subject, "\(folder), with all that it needs"))
            }
        }
        return (manifests, lines)
    }

    /// Hooks run as these users; an agent that may not become them fails every order.
    func judgeUsers(of manifests: [BundleManifest]) -> [ReportLine] {
        let named = [configuration.user] + configuration.services.values.map(\.user) + manifests.map(\.user)
        var mustChange = false
        var lines: [ReportLine] = []
        for name in Set(named.compactMap(\.self)).sorted() {
            do throws(AgentError) {
                mustChange = try Account(name).uid != geteuid() || mustChange
                lines.append(.ok("user \(name)", "hooks can run as it"))
            } catch {
                lines.append(.fail("user \(name)", error))
            }
        }
        if mustChange, !mayChangeUser {
            let remedy = "give it CAP_SETUID and CAP_SETGID: see CapabilityBoundingSet in its unit"
            lines.append(.fail("capabilities", "root may not become another user here", remedy: remedy))
        }
        return lines
    }

    /// As capabilities(7) numbers them: 6 is CAP_SETGID, 7 is CAP_SETUID. Where nobody says, nothing is wrong.
    private var mayChangeUser: Bool {
        let bytes = (try? Files.read("\(systemRoot)/proc/self/status", bytes_max: 64 << 10)) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        guard let mask = line.flatMap({ UInt64($0.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) }) else {
            return true
        }
        return mask & 0xc0 == 0xc0
    }

    func judgeUnit() -> ReportLine {
        let name = "wavetrain-agent.service"
        guard Self.sees(systemRoot + "/run/systemd/system") else {
            return .ok("unit", "systemd does not run here; whatever starts the agent must start it again when it ends")
        }
        let folders = ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"].map { systemRoot + $0 }
        guard let folder = folders.first(where: { Self.sees("\($0)/\(name)") }) else {
            let remedy = "install agents/wavetrain-agent.service of the source, or the package"
            return .warn("unit", "there is no \(name)", remedy: remedy)
        }
        guard Self.sees("\(systemRoot)/etc/systemd/system/multi-user.target.wants/\(name)") else {
            return .warn("unit", "\(folder)/\(name) is not enabled", remedy: "systemctl enable --now wavetrain-agent")
        }
        return .ok("unit", "\(folder)/\(name) is enabled")
    }
}
