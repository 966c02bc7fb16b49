internal import CCurl
internal import Foundation
internal import Synchronization

/// libcurl's multi interface on a thread of its own: many requests at once, none of which blocks anybody.
package final class HTTPClient: Sendable {
    private enum Order {
        case start(UInt64, Request, CheckedContinuation<Response, any Error>)
        case cancel(UInt64)
    }

    private let orders = Mutex<(next: UInt64, list: [Order])>((0, []))
    /// Only `curl_multi_wakeup` is called from other threads, which curl allows.
    nonisolated(unsafe) private let multi: UnsafeMutableRawPointer
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Lives as long as the process: one per process is enough.
    package init() {
        guard Self.isReady, let multi = curl_multi_init() else { preconditionFailure("libcurl cannot be started") }
        self.multi = multi
        snowflake_multi_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 64)
        let thread = Thread { [self] in run() }
        thread.name = "http"
        thread.start()
    }

    /// Sends one request and waits for its end. A cancelled task ends it.
    package func send(_ request: Request) async throws(HTTPError) -> Response {
        let id = orders.withLock { orders in
            orders.next += 1
            return orders.next
        }
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    order(.start(id, request, continuation))
                }
            } onCancel: {
                order(.cancel(id))
            }
        } catch let error as HTTPError {
            throw error
        } catch {
            throw .unknown("\(error)")
        }
    }

    private func order(_ order: Order) {
        orders.withLock { $0.list.append(order) }
        curl_multi_wakeup(multi)
    }

    // MARK: the thread

    private func run() {
        var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
        var handles: [UInt64: UnsafeMutableRawPointer] = [:]
        var cancelled: Set<UInt64> = []
        while true {
            let taken = orders.withLock { orders in
                defer { orders.list = [] }
                return orders.list
            }
            for order in taken {
                switch order {
                case .start(let id, let request, let continuation):
                    guard cancelled.remove(id) == nil else {
                        continuation.resume(throwing: HTTPError.cancelled(wasSent: false))
                        continue
                    }
                    do throws(HTTPError) {
                        let transfer = try Transfer(request) {
                            continuation.resume(with: $0.mapError { $0 as any Error })
                        }
                        transfers[transfer.handle] = transfer
                        handles[id] = transfer.handle
                        curl_multi_add_handle(multi, transfer.handle)
                    } catch {
                        continuation.resume(throwing: error)
                    }
                case .cancel(let id):
                    guard let handle = handles.removeValue(forKey: id) else {
                        cancelled.insert(id)
                        continue
                    }
                    if let transfer = transfers.removeValue(forKey: handle) { end(transfer, nil) }
                }
            }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left) {
                guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                    let transfer = transfers.removeValue(forKey: handle)
                else { continue }
                if let id = handles.first(where: { $0.value == handle })?.key { handles[id] = nil }
                end(transfer, message.pointee.data.result)
            }
            curl_multi_poll(multi, nil, 0, 1_000, nil)
        }
    }

    private func end(_ transfer: Transfer, _ code: CURLcode?) {
        curl_multi_remove_handle(multi, transfer.handle)
        transfer.end(code)
        transfer.release()
    }
}
