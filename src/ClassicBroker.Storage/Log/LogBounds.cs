using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// The offsets that delimit what a log holds and what its readers may see. Threading: written under the log's lock, read by any thread;
/// its own lock is held for nothing but copying.
/// </summary>
internal sealed class LogBounds
{
    private readonly Lock _lock = new();
    private LogOffset _logEnd;
    private LogOffset _highWatermark;
    private LogOffset? _firstUnstable;
    private long _logStart;

    public LogBounds(long logStart, LogOffset logEnd)
    {
        _logStart = logStart;
        _logEnd = logEnd;
        _highWatermark = new LogOffset(logStart);
    }

    public long LogStart
    {
        get => Volatile.Read(ref _logStart);
        set => Volatile.Write(ref _logStart, value);
    }

    public LogOffset LogEnd
    {
        get
        {
            lock (_lock)
            {
                return _logEnd;
            }
        }

        set
        {
            lock (_lock)
            {
                _logEnd = value;
                if (_highWatermark.Offset > value.Offset)
                {
                    _highWatermark = value;
                }
            }
        }
    }

    public LogOffset HighWatermark
    {
        get
        {
            lock (_lock)
            {
                return _highWatermark;
            }
        }

        set
        {
            lock (_lock)
            {
                Invariant.Require(value.Offset <= _logEnd.Offset);
                _highWatermark = value;
            }
        }
    }

    /// <summary>Where the first transaction began that is not decided and replicated.</summary>
    public LogOffset? FirstUnstable
    {
        get
        {
            lock (_lock)
            {
                return _firstUnstable;
            }
        }

        set
        {
            lock (_lock)
            {
                _firstUnstable = value;
            }
        }
    }

    /// <summary>Up to where nothing is undecided: the first unstable offset, or the high watermark if that comes first.</summary>
    public LogOffset LastStable
    {
        get
        {
            lock (_lock)
            {
                return _firstUnstable is { } unstable && unstable.Offset < _highWatermark.Offset ? unstable : _highWatermark;
            }
        }
    }

    /// <summary>Fills in where an offset lies, unless it has moved on meanwhile.</summary>
    public void Locate(LogOffset located)
    {
        lock (_lock)
        {
            if (_highWatermark.Offset == located.Offset && !_highWatermark.IsPositionKnown)
            {
                _highWatermark = located;
            }

            if (_firstUnstable is { IsPositionKnown: false } unstable && unstable.Offset == located.Offset)
            {
                _firstUnstable = located;
            }
        }
    }
}
