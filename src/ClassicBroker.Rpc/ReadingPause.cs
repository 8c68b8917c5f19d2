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

    /// <summary>The client will send no more; it waits for answers.</summary>
    Finished = 8,

    /// <summary>All connections together hold as much of frames that came in part as they may.</summary>
    FrameMemory = 16,

    /// <summary>All connections together have as much unanswered as they may.</summary>
    RequestMemory = 32,

    /// <summary>The client has not proved who it is, and is kept waiting for the refusal.</summary>
    Authentication = 64,
}
