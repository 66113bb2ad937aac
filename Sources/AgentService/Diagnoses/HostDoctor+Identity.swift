import Cryptography
import Glibc
import HostDecisions
import TimeAndChance

/// Key, certificate, and whose orders are obeyed.
extension HostDoctor {
    func judgeIdentity() -> (IdentityFiles.Identity?, [ReportLine]) {
        let files = IdentityFiles(root: configuration.root)
        do {
            let identity = try files.load()
            var lines = [try judgeCertificate(identity, files), try judgeModes(files)]
            lines.append(
                identity.orderKeys.isEmpty
                    ? .fail(
                        "order keys",
                        "no key's orders are obeyed",
                        remedy: "remove \(files.folder) and enrol again"
                    )
                    : .ok("order keys", "the orders of \(identity.orderKeys.count) keys are obeyed")
            )
            return (identity, lines)
        } catch let error as AgentError {
            return (nil, [.fail("certificate", error)])
        } catch {
            return (nil, [.fail("certificate", "\(error)", remedy: "remove \(files.folder) and enrol this host again")])
        }
    }

    private func judgeCertificate(_ identity: IdentityFiles.Identity, _ files: IdentityFiles) throws -> ReportLine {
        let leaf = try Certificate.chain(pem: identity.certificateChainPEM).first
        guard try leaf?.isSigned(by: Certificate(pem: identity.authorityPEM)) == true else {
            return .fail("certificate", "it is not by the authority in \(files.authorityPath)", remedy: files.again)
        }
        let (from, to) = (identity.validity.notBefore_unix_s, identity.validity.notAfter_unix_s)
        let now_s = now.unix_ms / 1_000
        if now_s < from {
            let sentence = "it is not valid yet, not for \(IdentityFiles.length(from - now_s))"
            return .fail("certificate", sentence, remedy: "set this machine's clock")
        }
        if let expiry = files.expiry(of: identity.validity, at: now) { return .fail("certificate", expiry) }
        let words = "of \(identity.host.key), valid for \(IdentityFiles.length(to - now_s)) more"
        // It is renewed when a third of its life is left.
        guard (to - now_s) * 4 > to - from else {
            let remedy =
                "the agent should have renewed it by now: look at its log, and whether it reaches the controller"
            return .warn("certificate", words, remedy: remedy)
        }
        return .ok("certificate", words)
    }

    /// Whoever reads the key can be this host.
    private func judgeModes(_ files: IdentityFiles) throws(AgentError) -> ReportLine {
        for (path, mode) in [(files.folder, "700"), (files.keyPath, "600")] {
            var status = stat()
            // 0, or -1.
            guard stat(path, &status) == 0 else { throw .system(errno, "looking at", path) }
            if status.st_mode & 0o077 != 0 {
                let remedy = "chmod \(mode) \(path), and enrol anew if anybody did"
                return .fail("key", "others may read \(path)", remedy: remedy)
            }
        }
        return .ok("key", "only its owner may read \(files.keyPath)")
    }
}
