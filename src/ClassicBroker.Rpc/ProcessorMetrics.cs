namespace ClassicBroker.Rpc;

/// <summary>
/// What the connections of one listener on one network loop count: Kafka's <c>socket-server-metrics</c> of a processor. Threading: counted
/// on the loop, read from any thread.
/// </summary>
internal sealed class ProcessorMetrics(string listener, int number)
{
    private long _opened;
    private long _closed;
    private long _requests;
    private long _responses;
    private long _bytesIn;
    private long _bytesOut;
    private long _authentications;
    private long _reauthentications;
    private long _failedAuthentications;
    private long _sessionsEnded;
    private long _finished;
    private long _leaving;

    public string Listener => listener;

    /// <summary>The loop's number among the network loops.</summary>
    public int Number => number;

    public KeyValuePair<string, object?>[] Tags { get; } = [new("listener", listener), new("networkProcessor", $"{number}")];

    public long Opened => Volatile.Read(ref _opened);

    public long Closed => Volatile.Read(ref _closed);

    public long Connections => Opened - Closed;

    public long Requests => Volatile.Read(ref _requests);

    public long Responses => Volatile.Read(ref _responses);

    public long BytesIn => Volatile.Read(ref _bytesIn);

    public long BytesOut => Volatile.Read(ref _bytesOut);

    public long Authentications => Volatile.Read(ref _authentications);

    public long Reauthentications => Volatile.Read(ref _reauthentications);

    public long FailedAuthentications => Volatile.Read(ref _failedAuthentications);

    /// <summary>Connections closed because they were used past the end of their session (KIP-368).</summary>
    public long SessionsEnded => Volatile.Read(ref _sessionsEnded);

    /// <summary>Requests that came and have not ended.</summary>
    public long InFlight => Math.Max(0, Requests - Volatile.Read(ref _finished));

    /// <summary>Answers on their way that the sockets have not taken.</summary>
    public long Leaving => Math.Max(0, Volatile.Read(ref _leaving));

    public void Open() => _opened++;

    public void Close() => _closed++;

    public void Authenticate(bool isFirst)
    {
        if (isFirst)
        {
            _authentications++;
        }
        else
        {
            _reauthentications++;
        }
    }

    public void FailAuthentication() => _failedAuthentications++;

    public void EndSession() => _sessionsEnded++;

    public void Receive(int frameLength)
    {
        _requests++;
        _bytesIn += FrameEncoder.LengthFieldSize + frameLength;
    }

    /// <summary>An answer was written; the socket has not taken it.</summary>
    public void Write() => _leaving++;

    /// <summary>A request has ended, with its answer of this length taken by the socket or with none.</summary>
    public void Finish(int responseLength, bool wasWritten)
    {
        _finished++;
        if (wasWritten)
        {
            _leaving--;
        }

        if (responseLength > 0)
        {
            _responses++;
            _bytesOut += FrameEncoder.LengthFieldSize + responseLength;
        }
    }
}
