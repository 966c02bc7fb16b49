internal import CCurses
internal import Foundation
internal import Synchronization

/// The terminal: ncurses for its modes, keys and mouse, and bytes of our own for the screen.
///
/// Whatever ends the process, the terminal is given back as it was: by ``close()``, and by a handler of the signals that
/// a crash raises. Ctrl-Z gives it back and stops; `fg` takes it again.
package final class CursesTerminal: @unchecked Sendable {
    // Invariants: ncurses is called on the reading thread and, before it starts and after it has ended, by whoever opens
    // and closes; bytes are written under `lock`.
    private let lock = NSLock()
    private var isOpen = false
    private var pad: UnsafeMutablePointer<WINDOW>?
    private let isStopped = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)
    private var isReading = false
    private var lastClick = (x: -1, y: -1, at: 0.0)
    package let hasUnicode: Bool
    package let colours: Int
    /// How it shows pictures.
    package let pictures: PictureMode

    package enum News: Sendable {
        case key(Key)
        case resized(width: Int, height: Int)
        /// It was away: what it shows is not known any more.
        case returned
        /// Nobody is at the other end any more.
        case gone
    }

    /// Takes the terminal. `nil` when it is none, or too dumb for a screen.
    package init?(environment: [String: String]) {
        guard isatty(0) == 1, isatty(1) == 1, environment["TERM"] ?? "dumb" != "dumb" else { return nil }
        hasUnicode = sf_is_utf8() != 0 && environment["SNOWFLAKE_ASCII"] == nil
        pictures = Self.ask()
        guard let pad = sf_begin() else { return nil }
        guard sf_text("cup") != nil else {
            endwin()
            return nil
        }
        self.pad = pad
        colours = Int(sf_colours())
        Rescue.prepare()
        enter()
    }

    package var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Reads keys until ``close()``; on a thread of its own.
    package func read(_ tell: @escaping @Sendable (News) -> Void) {
        isReading = true
        let thread = Thread { [self] in
            while !isStopped.load(ordering: .relaxed) { if let news = next() { tell(news) } }
            ended.signal()
        }
        thread.start()
    }

    private func next() -> News? {
        let code = sf_key(pad, 200)
        if code == -1 {
            // Nothing came, or nothing ever will.
            var look = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            poll(&look, 1, 0)
            guard look.revents & Int16(POLLHUP | POLLERR | POLLNVAL) == 0 else {
                isStopped.store(true, ordering: .relaxed)
                return .gone
            }
            return nil
        }
        if code < -1 { return special(-code) }
        guard let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
        switch scalar.value {
        case 26:
            stop()
            return .returned
        case 27: return .key(.escape)
        case 9: return .key(.tab)
        case 10, 13: return .key(.enter)
        case 8, 127: return .key(.backspace)
        case 1...26: return .key(.control(Character(Unicode.Scalar(UInt8(96 + scalar.value)))))
        case ..<32: return nil
        default: return .key(.character(Character(scalar)))
        }
    }

    private func special(_ code: Int32) -> News? {
        switch Int(code) {
        case SF_UP: return .key(.up)
        case SF_DOWN: return .key(.down)
        case SF_LEFT: return .key(.left)
        case SF_RIGHT: return .key(.right)
        case SF_PPAGE: return .key(.pageUp)
        case SF_NPAGE: return .key(.pageDown)
        case SF_HOME: return .key(.home)
        case SF_END: return .key(.end)
        case SF_ENTER: return .key(.enter)
        case SF_BTAB: return .key(.backTab)
        case SF_BACKSPACE: return .key(.backspace)
        case SF_DC: return .key(.delete)
        case SF_RESIZE:
            let size = size
            return .resized(width: size.width, height: size.height)
        case SF_MOUSE: return mouse()
        default: return nil
        }
    }

    private func mouse() -> News? {
        var (x, y): (Int32, Int32) = (0, 0)
        switch sf_mouse(&x, &y) {
        case 1:
            let now = Date().timeIntervalSinceReferenceDate
            let isDouble = lastClick.x == x && lastClick.y == y && now - lastClick.at < 0.4
            lastClick = (Int(x), Int(y), now)
            return .key(.click(x: Int(x), y: Int(y), isDouble: isDouble))
        case 4: return .key(.wheel(x: Int(x), y: Int(y), isUp: true))
        case 5: return .key(.wheel(x: Int(x), y: Int(y), isUp: false))
        default: return nil
        }
    }

    /// Writes to the screen; false when nobody reads it any more.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        lock.withLock { isOpen ? Self.send(bytes) : true }
    }

    private static func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { all in
            var rest = all[...]
            while !rest.isEmpty {
                let count = Foundation.write(1, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    guard errno == EAGAIN || errno == EINTR else { return false }
                    var look = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
                    guard poll(&look, 1, 1_000) > 0 else { continue }
                    continue
                }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    private func enter() {
        lock.withLock {
            isOpen = true
            _ = Self.send(Array((sf_text("smcup").map { String(cString: $0) } ?? "").utf8))
        }
    }

    /// Gives the terminal back.
    package func close() {
        isStopped.store(true, ordering: .relaxed)
        if isReading { ended.wait() }
        lock.withLock {
            guard isOpen else { return }
            isOpen = false
            _ = Self.send(Rescue.goodbye)
            endwin()
        }
        Rescue.forget()
    }

    /// Ctrl-Z: stops this process as the shell expects, and comes back with it.
    private func stop() {
        lock.withLock {
            _ = Self.send(Rescue.goodbye)
            endwin()
            // Threads of Swift's pools block signals, and what they start inherits that: blocked, we would not stop here.
            var stopping = sigset_t()
            var before = sigset_t()
            sigemptyset(&stopping)
            sigaddset(&stopping, SIGTSTP)
            pthread_sigmask(SIG_UNBLOCK, &stopping, &before)
            let handler = signal(SIGTSTP, SIG_DFL)
            raise(SIGTSTP)
            signal(SIGTSTP, handler)
            pthread_sigmask(SIG_SETMASK, &before, nil)
            reset_prog_mode()
            _ = Self.send(Array((sf_text("smcup").map { String(cString: $0) } ?? "").utf8))
            keypad(pad, true)
        }
    }

    /// Asks the terminal how it shows pictures, in raw mode, before ncurses has it.
    private static func ask() -> PictureMode {
        var before = termios()
        guard tcgetattr(0, &before) == 0 else { return .text }
        var raw = before
        cfmakeraw(&raw)
        guard tcsetattr(0, TCSANOW, &raw) == 0 else { return .text }
        defer { tcsetattr(0, TCSANOW, &before) }
        guard send(Array(PictureMode.question.utf8)) else { return .text }
        var answer = ""
        let deadline = Date().addingTimeInterval(0.15)
        while !PictureMode.isWhole(answer) {
            let left = Int32(max(0, deadline.timeIntervalSinceNow * 1_000))
            var look = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&look, 1, left) > 0 else { break }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = Foundation.read(0, &bytes, bytes.count)
            guard count > 0, answer.utf8.count < 4_096 else { break }
            answer += String(decoding: bytes[..<count], as: UTF8.self)
        }
        return PictureMode(answer: answer)
    }
}

/// Gives the terminal back when the process crashes. What is used in a signal handler is made before.
private enum Rescue {
    /// Mouse off, colours off, cursor on, keypad off, the screen from before.
    static let goodbye = Array(
        "\u{1B}[?1000l\u{1B}[?1002l\u{1B}[?1006l\u{1B}[0m\u{1B}[?25h\u{1B}[?1l\u{1B}>\u{1B}[?1049l".utf8)
    // Written once, before any handler is set; handlers only read.
    nonisolated(unsafe) private static let bytes: UnsafeMutableBufferPointer<UInt8> = {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: goodbye.count)
        _ = buffer.initialize(from: goodbye)
        return buffer
    }()
    // Written before any handler is set.
    nonisolated(unsafe) private static var modes = termios()
    private static let signals = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE]

    static func prepare() {
        // ncurses has the terminal already: what it was is what a shell leaves, with line editing and echo.
        tcgetattr(0, &modes)
        modes.c_lflag |= tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        modes.c_iflag |= tcflag_t(ICRNL | IXON)
        modes.c_oflag |= tcflag_t(OPOST | ONLCR)
        _ = bytes
        for number in signals {
            signal(number) { number in
                _ = Foundation.write(1, Rescue.bytes.baseAddress, Rescue.bytes.count)
                tcsetattr(0, TCSANOW, &Rescue.modes)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    static func forget() { for number in signals { signal(number, SIG_DFL) } }
}
