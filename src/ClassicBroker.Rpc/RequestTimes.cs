namespace ClassicBroker.Rpc;

/// <summary>
/// When a request came to each stop of its way, as timestamps of its loop's clock; the differences are Kafka's five times. A stop not come
/// to is zero long. Threading: the connection's loop.
/// </summary>
internal struct RequestTimes
{
    /// <summary>Its bytes were read.</summary>
    public long ReceivedAt { get; set; }

    /// <summary>Its handler began.</summary>
    public long StartedAt { get; set; }

    /// <summary>Its handler returned: what is left waits for others.</summary>
    public long HandledAt { get; set; }

    /// <summary>Its answer was ready.</summary>
    public long CompletedAt { get; set; }

    /// <summary>Its turn to be answered had come.</summary>
    public long WrittenAt { get; set; }

    /// <summary>Its answer was with the socket.</summary>
    public long SentAt { get; set; }

    public readonly double QueueMs(TimeProvider clock) => Ms(clock, ReceivedAt, StartedAt);

    public readonly TimeSpan LocalTime(TimeProvider clock) => clock.GetElapsedTime(StartedAt, HandledAt);

    public readonly double LocalMs(TimeProvider clock) => Ms(clock, StartedAt, HandledAt);

    public readonly double RemoteMs(TimeProvider clock) => Ms(clock, HandledAt, CompletedAt);

    public readonly double ResponseQueueMs(TimeProvider clock) => Ms(clock, CompletedAt, WrittenAt);

    public readonly double SendMs(TimeProvider clock) => Ms(clock, WrittenAt, SentAt);

    public readonly double TotalMs(TimeProvider clock) => Ms(clock, ReceivedAt, SentAt);

    private static double Ms(TimeProvider clock, long from, long to) =>
        to > from ? clock.GetElapsedTime(from, to).TotalMilliseconds : 0;
}
