namespace ClassicBroker.Transport;

/// <summary>
/// How fast connections may come: one second's worth at once, the rest at its pace. Threading: under the lock of its
/// <see cref="ConnectionQuotas"/>.
/// </summary>
internal sealed class CreationBucket(TimeProvider time)
{
    private int _rateMax = int.MaxValue;
    private double _tokens = int.MaxValue;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Connections per second; <see cref="int.MaxValue"/> sets no bound.</summary>
    public int RateMax
    {
        get => _rateMax;
        set
        {
            _rateMax = value;
            _tokens = Math.Min(_tokens, value);
        }
    }

    /// <summary>Whether another connection may come now.</summary>
    public bool MayTake()
    {
        Refill();
        return _rateMax == int.MaxValue || _tokens >= 1;
    }

    public void Take() => _tokens -= 1;

    /// <summary>How long until another may come; a rate of 0 is asked again after a second, since it may have been raised.</summary>
    public TimeSpan UntilNext() => _rateMax == int.MaxValue
        ? TimeSpan.Zero
        : TimeSpan.FromSeconds(Math.Max(0, 1 - _tokens) / Math.Max(1, _rateMax));

    private void Refill()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(_rateMax, _tokens + time.GetElapsedTime(_filledAt, now).TotalSeconds * _rateMax);
        _filledAt = now;
    }
}
