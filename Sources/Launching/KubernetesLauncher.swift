internal import Foundation
package import HTTP
internal import Protocol

/// Jobs of a Kubernetes cluster, over its HTTP API: for each order a Secret with the token and a Job with one pod. Both
/// carry the order as a label, so a coordinator that was started again finds them.
///
/// Inside a cluster the account of the pod is used; outside, the options `server`, `token_file` and `authority_file`.
package struct KubernetesLauncher: Launcher {
    private let server: String
    private let namespace: String
    private let image: String
    private let cluster: String
    private let tokenFile: String
    private let authority: String?
    private let limits: [String: String]
    private let selector: [String: String]
    private let client: HTTPClient

    private static let account = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// - Parameter cluster: labels what belongs to this coordinator.
    package init(_ settings: PoolSettings, pool: String, client: HTTPClient) throws(LaunchTrouble) {
        let options = settings.options
        server = options["server"] ?? "https://kubernetes.default.svc"
        namespace = options["namespace"] ?? "default"
        image = try settings.required("image")
        cluster = pool
        tokenFile = options["token_file"] ?? "\(Self.account)/token"
        authority = options["authority_file"] ?? (options["server"] == nil ? "\(Self.account)/ca.crt" : nil)
        limits = Self.pairs(settings.lists["limits"])
        selector = Self.pairs(settings.lists["node_selector"])
        self.client = client
    }

    /// `name=value` as a table.
    private static func pairs(_ list: [String]?) -> [String: String] {
        let pairs = (list ?? []).compactMap { pair -> (String, String)? in
            guard let point = pair.firstIndex(of: "=") else { return nil }
            return (String(pair[..<point]), String(pair[pair.index(after: point)...]))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    package func start(_ order: LaunchOrder) async throws(LaunchTrouble) {
        let secrets = "/api/v1/namespaces/\(namespace)/secrets"
        try await send("POST", secrets, body: secret(order), expecting: [200, 201, 202, 409])
        do throws(LaunchTrouble) {
            try await send("POST", jobs, body: job(order), expecting: [200, 201, 202, 409])
        } catch {
            _ = try? await send("DELETE", "\(secrets)/snowflake-\(order.id)", expecting: [200, 202, 404])
            throw error
        }
    }

    package func stop(_ order: String) async throws(LaunchTrouble) {
        try await send(
            "DELETE", "\(jobs)/snowflake-\(order)?propagationPolicy=Background", expecting: [200, 202, 404])
        try await send(
            "DELETE", "/api/v1/namespaces/\(namespace)/secrets/snowflake-\(order)", expecting: [200, 202, 404])
    }

    package func alive() async throws(LaunchTrouble) -> Set<String> {
        let label = "app%3Dsnowflake-worker,snowflake-pool%3D\(cluster)"
        let answer = try await send("GET", "\(jobs)?labelSelector=\(label)", expecting: [200])
        guard let list = try? JSONDecoder().decode(JobList.self, from: answer) else {
            throw LaunchTrouble("\(server) answered with something that is no list of jobs")
        }
        return Set(
            list.items.filter { $0.metadata.deletionTimestamp == nil && $0.status?.isOver != true }
                .compactMap { $0.metadata.labels?["snowflake-order"] })
    }

    private var jobs: String { "/apis/batch/v1/namespaces/\(namespace)/jobs" }

    private struct JobList: Decodable {
        struct Item: Decodable {
            struct Metadata: Decodable {
                let labels: [String: String]?
                let deletionTimestamp: String?
            }
            struct Status: Decodable {
                struct Condition: Decodable {
                    let type: String
                    let status: String
                }
                let conditions: [Condition]?

                var isOver: Bool {
                    (conditions ?? []).contains { ["Complete", "Failed"].contains($0.type) && $0.status == "True" }
                }
            }
            let metadata: Metadata
            let status: Status?
        }
        let items: [Item]
    }

    // MARK: what is asked for

    private func labels(_ order: LaunchOrder) -> [String: Any] {
        ["app": "snowflake-worker", "snowflake-pool": cluster, "snowflake-order": order.id]
    }

    private func secret(_ order: LaunchOrder) -> [String: Any] {
        [
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": ["name": "snowflake-\(order.id)", "labels": labels(order)] as [String: Any],
            "stringData": ["token": order.token],
        ]
    }

    /// One pod, never started again by Kubernetes: that is the coordinator's to decide.
    private func job(_ order: LaunchOrder) -> [String: Any] {
        let arguments = order.arguments.map { $0 == "-" ? "@/run/snowflake/token" : $0 }
        var container: [String: Any] = [
            "name": "worker", "image": image, "args": arguments,
            "volumeMounts": [["name": "token", "mountPath": "/run/snowflake", "readOnly": true] as [String: Any]],
            "securityContext": ["allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]]] as [String: Any],
        ]
        if !limits.isEmpty { container["resources"] = ["limits": limits, "requests": limits] }
        var pod: [String: Any] = [
            "restartPolicy": "Never", "automountServiceAccountToken": false, "containers": [container],
            "terminationGracePeriodSeconds": 30,
            "securityContext": ["runAsNonRoot": true, "runAsUser": 10_001, "fsGroup": 10_001] as [String: Any],
            "volumes": [
                [
                    "name": "token",
                    "secret": ["secretName": "snowflake-\(order.id)", "defaultMode": 0o440] as [String: Any],
                ] as [String: Any]
            ],
        ]
        if !selector.isEmpty { pod["nodeSelector"] = selector }
        return [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": ["name": "snowflake-\(order.id)", "labels": labels(order)] as [String: Any],
            "spec": [
                "backoffLimit": 0, "ttlSecondsAfterFinished": 600,
                "template": ["metadata": ["labels": labels(order)], "spec": pod] as [String: Any],
            ] as [String: Any],
        ]
    }

    // MARK: the API

    @discardableResult
    private func send(
        _ method: String, _ path: String, body: [String: Any]? = nil, expecting statuses: Set<Int>
    ) async throws(LaunchTrouble) -> Data {
        var request = Request(method, server + path)
        request.headers = [("accept", "application/json")]
        if let token = try? String(contentsOfFile: tokenFile, encoding: .utf8) {
            request.headers.append(
                ("authorization", "Bearer \(token.trimmingCharacters(in: .whitespacesAndNewlines))"))
        }
        if let body, let data = try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys]) {
            request.headers.append(("content-type", "application/json"))
            request.body = .data(data)
        }
        request.authority = authority
        request.timeLimit = .seconds(30)
        request.destination = .memory(limitBytes: 16 << 20)
        // A server on this machine, through `kubectl proxy`, needs no TLS.
        request.allowsPlainHTTP = server.hasPrefix("http://127.0.0.1") || server.hasPrefix("http://localhost")
        let response: Response
        do throws(HTTPError) {
            response = try await client.send(request)
        } catch {
            throw LaunchTrouble("\(server) cannot be asked: \(error)")
        }
        guard statuses.contains(response.status) else {
            throw LaunchTrouble("\(server) answered \(response.status): \(Self.message(response.body))")
        }
        return response.body
    }

    private static func message(_ body: Data) -> String {
        struct Status: Decodable { let message: String? }
        return (try? JSONDecoder().decode(Status.self, from: body))?.message
            ?? String(decoding: body.prefix(200), as: UTF8.self)
    }
}
