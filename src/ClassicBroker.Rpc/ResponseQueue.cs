using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Rpc;

/// <summary>
/// The requests of one connection that are not answered, in the order they came, which is the order their answers leave in. An answer that
/// is ready early waits here; requests behind it go on being served. Threading: the connection's loop.
/// </summary>
internal sealed class ResponseQueue(ClientConnection connection, RequestLimits limits, RequestMetrics metrics, RequestTrace trace)
{
    private readonly Queue<RequestContext> _inFlight = new();
    private readonly FrameEncoder _encoder = new(connection.Channel);
    private readonly ResponseHeader _header = new();
    private long _inFlightBytes;
    private bool _inBurst;
    private bool _needsFlush;
    private bool _flushScheduled;
    private bool _closed;

    public int Count => _inFlight.Count;

    /// <summary>Takes the place of a request among the answers.</summary>
    public void Enqueue(RequestContext context)
    {
        _inFlight.Enqueue(context);
        _inFlightBytes += context.FrameLength;
        metrics.Started();
        if (IsOverLimit)
        {
            connection.Pause(ReadingPause.InFlight);
        }
    }

    /// <summary>Ends a request with its answer, or with none, and sends every answer whose turn has come.</summary>
    public void Complete(RequestContext context, IResponse? response)
    {
        context.Complete(response);
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

        if (!IsOverLimit)
        {
            connection.Resume(ReadingPause.InFlight);
        }

        ScheduleFlush();
    }

    /// <summary>Frames are being read: answers are held together until <see cref="EndBurst"/>.</summary>
    public void BeginBurst() => _inBurst = true;

    public void EndBurst()
    {
        _inBurst = false;
        Flush();
    }

    /// <summary>The connection has ended: what is ready is dropped, what is not will be when it is.</summary>
    public void Close()
    {
        _closed = true;
        _encoder.Discard();
        foreach (var context in _inFlight)
        {
            if (context.IsComplete)
            {
                Drop(context);
            }
        }

        _inFlight.Clear();
        connection.Resume(ReadingPause.InFlight);
    }

    private bool IsOverLimit =>
        _inFlight.Count >= limits.InFlightMax || (_inFlightBytes > limits.InFlightBytesMax && _inFlight.Count > 0);

    private void Send(RequestContext context)
    {
        var length = 0;
        if (context.Response is { } response)
        {
            _header.CorrelationId = context.CorrelationId;
            var version = context.ResponseVersion;
            length = _encoder.Append(_header, context.Api.ResponseHeaderVersion(version), response, version);
            _needsFlush = true;
        }

        metrics.Finished(context, length);
        trace.Completed(context, length);
    }

    private void Drop(RequestContext context)
    {
        metrics.Finished(context, 0);
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
        }
    }
}
