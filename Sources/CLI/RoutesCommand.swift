import ArgumentParser
import Foundation

/// The control API's routes as JSON: `ops/openapi.py` writes the OpenAPI file from them.
struct RoutesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "api-routes", shouldDisplay: false)

    private struct Row: Encodable {
        let method: String
        let path: String
        let summary: String
        let role: String
        let row: String
        let parameters: [String]
    }

    func run() {
        Terminal.printJSON(
            ControlAPI.routes.map {
                Row(
                    method: $0.method, path: $0.path, summary: $0.summary, role: $0.role, row: $0.row,
                    parameters: $0.parameters)
            })
    }
}
