import Foundation

// A metered image-to-video service for tests: its own process, its own ledger on disk. It bills when it accepts, then
// does by script what services do wrong. Written on bare sockets, because it must misbehave below HTTP.
//
//     metered-service FOLDER
//
// FOLDER/script.json: {"submit": ["ok", "hang", …], "poll": […], "output": […], "rest": "ok", "seconds": 0.2}: what
// happens to the first, second… call of each sort. FOLDER/ledger.jsonl: one line per bill. Prints its port.

signal(SIGPIPE, SIG_IGN)
guard CommandLine.arguments.count == 2 else {
    print("usage: metered-service FOLDER")
    exit(2)
}
let service = try Service(folder: URL(fileURLWithPath: CommandLine.arguments[1]))
let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
var address = sockaddr_in()
address.sin_family = sa_family_t(AF_INET)
address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
var size = socklen_t(MemoryLayout<sockaddr_in>.size)
let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
    }
}
guard isBound else {
    print("no port: \(String(cString: strerror(errno)))")
    exit(6)
}
print(UInt16(bigEndian: address.sin_port))
fflush(nil)
Thread {
    // Our parent holds the other end.
    while !FileHandle.standardInput.availableData.isEmpty {}
    exit(0)
}.start()
while true {
    let peer = accept(listener, nil, nil)
    guard peer >= 0 else { continue }
    Thread { Connection(peer: peer, service: service).serve() }.start()
}
