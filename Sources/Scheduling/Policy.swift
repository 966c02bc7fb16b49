package import Protocol

/// The numbers behind every decision (`design.md` 7). One value per coordinator, fixed while it runs.
package struct Policy: Sendable, Equatable {
    /// How often workers show life.
    package var beatEvery = Span.seconds(2)
    /// Silence after which a worker gets no new work.
    package var suspectAfter = Span.seconds(15)
    /// Silence after which its attempts are given up.
    package var lostAfter = Span.seconds(60)
    /// After a restart of the coordinator nobody is declared lost before this.
    package var graceAfterRestart = Span.seconds(60)
    /// Beats that may leave out an attempt before it has ended.
    package var omittedBeatsLimit = 2
    /// Bounds of the time an attempt's progress may stand still; the middle is 4 × the expected time.
    package var stallRange = Span.seconds(60)...Span.seconds(1_800)
    /// Tries of local work, on different workers where there are any.
    package var triesLimit = 3
    /// Faults of one worker at one kind before it gets no more of that kind.
    package var blockAfterFaults = 3
    /// How long such a block lasts, and how long a fault counts.
    package var blockFor = Span.seconds(600)
    /// First back-off after a provider's fault; it doubles with each try.
    package var backOffFirst = Span.seconds(5)
    package var backOffLimit = Span.seconds(300)
    /// How long after an attempt that may have sent a paid call nobody looks it up: by then the provider has it.
    package var lookUpAfter = Span.seconds(10)
    /// Tries of a task whose provider is out for everybody, before it fails all the same.
    package var outageTriesLimit = 12
    /// Faults of a provider in a row that open its gate's breaker.
    package var breakerFaults = 5
    /// How long the breaker stays open at first; it doubles with each failed probe.
    package var breakerFirst = Span.seconds(10)
    package var breakerLimit = Span.seconds(600)
    /// Unpaid local work gets a copy on an idle worker when it has taken so many times what it should.
    package var copyAfterTimes: Int64 = 2
    package var copyAfterAtLeast = Span.seconds(5)
    /// A gate pauses this long when a provider says "later" without saying when.
    package var scarcePause = Span.seconds(30)
    /// How many ready tasks of one lane are looked at before the lane is passed over.
    package var scanLimit = 32

    package init() {}

    /// The same where services are simulated so many times faster: what waits for a service waits as much shorter. What is
    /// about machines stays as it is: they are real.
    package func hurried(by speed: Double) -> Policy {
        func hurried(_ span: Span) -> Span { .milliseconds(max(20, Int64(Double(span.milliseconds) / speed))) }
        var policy = self
        policy.backOffFirst = hurried(backOffFirst)
        policy.backOffLimit = hurried(backOffLimit)
        policy.lookUpAfter = hurried(lookUpAfter)
        policy.breakerFirst = hurried(breakerFirst)
        policy.breakerLimit = hurried(breakerLimit)
        policy.scarcePause = hurried(scarcePause)
        return policy
    }
}
