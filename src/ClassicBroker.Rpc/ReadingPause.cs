namespace ClassicBroker.Rpc;

/// <summary>Why no request is read from a connection; it is read from when none of these holds.</summary>
[Flags]
internal enum ReadingPause
{
    None = 0,

    /// <summary>Too many requests, or too many bytes of them, are unanswered.</summary>
    InFlight = 1,

    /// <summary>The client does not take its answers.</summary>
    Unwritable = 2,

    /// <summary>A quota holds the client back.</summary>
    Throttled = 4,
}
