using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Rpc;

/// <summary>
/// The requests of one connection that are not answered, in the order they came, which is the order their answers leave in. An answer that
/// is ready early waits here; requests behind it go on being served. Threading: the connection's loop.
/// </summary>
internal sealed class ResponseQueue(
    ClientConnection connection,
    RequestLimits limits,
    RequestMemory memory,
    RequestMetrics metrics,
    RequestTrace trace,
    IRequestQuotas? quotas)
{
    /// <summary>
    /// What a connection's requests may change by before the budget of all connections is told, so that small ones cost it nothing.
    /// </summary>
    private const long GrainBytes = 8 * 1024;

    private readonly Queue<RequestContext> _inFlight = new();

    /// <summary>Answers written and not yet taken by the socket, each with where it ends in the bytes of the connection.</summary>
    private readonly Queue<(RequestContext Context, long End, int Length)> _leaving = new();

    private readonly FrameEncoder _encoder = new(connection.Channel);
    private readonly ResponseHeader _header = new();
    private long _inFlightBytes;
    private long _counted;
    private long _written;
    private long _handlerTicks;
    private RequestContext? _last;
    private MemoryShare _share = memory.Requests;
    private Action? _wakeUp;
    private bool _inBurst;
    private bool _needsFlush;
    private bool _flushScheduled;
    private bool _closed;
    private bool _closesWhenAnswered;

    public int Count => _inFlight.Count;

    /// <summary>Takes the place of a request among the answers.</summary>
    public void Enqueue(RequestContext context)
    {
        _inFlight.Enqueue(context);
        _inFlightBytes += context.FrameLength;
        _last = quotas is { CountsNetworkTime: true } ? context : null;
        connection.Processor.Receive(context.FrameLength);
        Account();
        if (IsOverLimit)
        {
            connection.Pause(ReadingPause.InFlight);
        }

        if (_counted > 0 && !HasRoom())
        {
            connection.Pause(ReadingPause.RequestMemory);
        }
    }

    /// <summary>Ends a request with its answer, or with none, and sends every answer whose turn has come.</summary>
    public void Complete(RequestContext context, IResponse? response)
    {
        context.Complete(response);
        context.Times.CompletedAt = Now;
        if (_closed)
        {
            Drop(context);
            return;
        }

        while (_inFlight.TryPeek(out var head) && head.IsComplete)
        {
            _inFlight.Dequeue();
            _inFlightBytes -= head.FrameLength;
            Send(head);
        }

        Account();
        if (!IsOverLimit)
        {
            connection.Resume(ReadingPause.InFlight);
        }

        // Every connection may have one request unanswered, whatever the others hold.
        if (_inFlight.Count == 0)
        {
            connection.Resume(ReadingPause.RequestMemory);
        }

        ScheduleFlush();
        if (_closesWhenAnswered && _inFlight.Count == 0)
        {
            CloseAfterFlush();
        }
    }

    /// <summary>Frames are being read: answers are held together until <see cref="EndBurst"/>.</summary>
    public void BeginBurst()
    {
        if (!_inBurst)
        {
            _inBurst = true;
            connection.Channel.BeginTurn();
            BurstBeganAt = Now;
            connection.Channel.BytesSent ??= SettleLeaving;
        }
    }

    /// <summary>When the bytes that are being read had come.</summary>
    public long BurstBeganAt { get; private set; }

    public void EndBurst()
    {
        var wasInBurst = _inBurst;
        _inBurst = false;
        Flush();
        if (wasInBurst)
        {
            ChargeNetworkTime();
            connection.Channel.EndTurn();
        }
    }

    /// <summary>A handler has held the loop that long, which is no time of the network.</summary>
    public void AddHandlerTime(long ticks) => _handlerTicks += ticks;

    /// <summary>
    /// The client will send no more, but it may still read: what it has asked is answered, then the connection closes.
    /// </summary>
    public void CloseWhenAnswered()
    {
        _closesWhenAnswered = true;
        if (_inFlight.Count > 0)
        {
            connection.Channel.OwesAnswers = true;
            connection.Pause(ReadingPause.Finished);
        }
        else
        {
            CloseAfterFlush();
        }
    }

    /// <summary>The connection has ended: what is ready is dropped, what is not will be when it is.</summary>
    public void Close()
    {
        _closed = true;
        connection.Processor.Close();
        _encoder.Discard();
        foreach (var context in _inFlight)
        {
            if (context.IsComplete)
            {
                Drop(context);
            }
        }

        _inFlight.Clear();
        _inFlightBytes = 0;
        while (_leaving.TryDequeue(out var left))
        {
            Finish(left.Context, left.Length);
        }

        _share.Add(-_counted);
        _counted = 0;
        connection.HasClosed();
    }

    private bool IsOverLimit =>
        _inFlight.Count >= limits.InFlightMax || (_inFlightBytes > limits.InFlightBytesMax && _inFlight.Count > 0);

    /// <summary>Brings the budget of all connections up to what this one holds, when that has changed by enough.</summary>
    private void Account()
    {
        var share = connection.IsAuthenticated ? memory.Requests : memory.Strangers;
        if (_share != share)
        {
            _share.Add(-_counted);
            _counted = 0;
            _share = share;
        }

        var change = _inFlightBytes - _counted;
        if (change is >= GrainBytes or <= -GrainBytes)
        {
            _counted = _inFlightBytes;
            _share.Add(change);
        }
    }

    private bool HasRoom() => !_share.IsFull || _share.HasRoomElseWait(_wakeUp ??= WakeUp);

    private void WakeUp() => connection.Channel.Loop.Execute(Retry);

    private void Retry()
    {
        if (_inFlight.Count == 0 || HasRoom())
        {
            connection.Resume(ReadingPause.RequestMemory);
        }
    }

    private long Now => connection.Channel.Loop.Time.GetTimestamp();

    private void Send(RequestContext context)
    {
        context.Times.WrittenAt = Now;
        if (context.Response is not { } response)
        {
            Finish(context, 0);
            return;
        }

        metrics.Answered(context, response);
        context.Span?.Answered(response);
        connection.Processor.Write();
        _header.CorrelationId = context.CorrelationId;
        var version = context.ResponseVersion;
        var length = context.IsBare
            ? _encoder.AppendBare(((SaslAuthenticateResponse)response).AuthBytes)
            : _encoder.Append(_header, context.Api.ResponseHeaderVersion(version), response, version);
        context.ForgetResponse();
        _needsFlush = true;
        _written += FrameEncoder.LengthFieldSize + length;
        _leaving.Enqueue((context, _written, length));
    }

    /// <summary>
    /// Ends the requests whose answers the socket has taken. What TLS adds to the bytes counts as theirs, which only makes them end late.
    /// </summary>
    private void SettleLeaving()
    {
        if (_leaving.Count == 0)
        {
            return;
        }

        var sent = _written - _encoder.BufferedBytes - connection.Channel.PendingWriteBytes;
        while (_leaving.TryPeek(out var first) && first.End <= sent)
        {
            _leaving.Dequeue();
            Finish(first.Context, first.Length);
        }

        if (!_inBurst)
        {
            ChargeNetworkTime();
        }
    }

    /// <summary>What the network took is its client's, of whose requests the last stands for all.</summary>
    private void ChargeNetworkTime()
    {
        var ticks = connection.Channel.TakeLoopTicks() - _handlerTicks;
        _handlerTicks = 0;
        if (ticks > 0 && _last is { } last)
        {
            quotas!.AddNetworkTime(last, connection.Channel.Loop.Time.GetElapsedTime(0, ticks));
        }
    }

    private void Finish(RequestContext context, int length)
    {
        context.Times.SentAt = context.Times.WrittenAt == 0 || length > 0 ? Now : context.Times.WrittenAt;
        metrics.Finished(context, length);
        context.EndSpan(length);
        connection.Processor.Finish(length, wasWritten: length > 0);
        trace.Completed(context, length);
    }

    private void Drop(RequestContext context)
    {
        context.Times.WrittenAt = context.Times.SentAt = Now;
        metrics.Finished(context, 0);
        context.EndSpan(0);
        connection.Processor.Finish(0, wasWritten: false);
        if (context.Response is { } response && context.Api.ResponseCarriesRecords)
        {
            FrameEncoder.Release(response, context.ResponseVersion);
        }
    }

    // One advance of a high watermark ends many produce requests of a connection; their answers leave together.
    private void ScheduleFlush()
    {
        if (_needsFlush && !_inBurst && !_flushScheduled)
        {
            _flushScheduled = true;
            connection.Channel.Loop.Execute(FlushScheduled);
        }
    }

    private void CloseAfterFlush()
    {
        Flush();
        connection.Channel.CloseAfterFlush();
    }

    private void FlushScheduled()
    {
        _flushScheduled = false;
        Flush();
    }

    private void Flush()
    {
        if (_needsFlush && !_closed)
        {
            _needsFlush = false;
            _encoder.Flush();
            SettleLeaving();
        }
    }
}
