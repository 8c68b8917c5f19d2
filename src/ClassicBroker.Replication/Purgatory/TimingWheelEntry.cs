namespace ClassicBroker.Replication.Purgatory;

/// <summary>
/// One operation's place in a <see cref="TimingWheel"/>: a node of a bucket's ring. Threading: guarded by the wheel's lock.
/// </summary>
internal sealed class TimingWheelEntry
{
    private readonly TimingWheel? _wheel;

    /// <summary>The head of an empty ring.</summary>
    public TimingWheelEntry() => (Previous, Next) = (this, this);

    public TimingWheelEntry(TimingWheel wheel, DelayedOperation operation, long expirationMs)
    {
        (Previous, Next) = (this, this);
        _wheel = wheel;
        Operation = operation;
        ExpirationMs = expirationMs;
    }

    public DelayedOperation? Operation { get; }

    public long ExpirationMs { get; }

    public TimingWheelEntry Previous { get; private set; }

    public TimingWheelEntry Next { get; private set; }

    public bool IsLinked => Next != this;

    /// <summary>Takes the entry out, so that it will not expire; no effect where it has expired or been taken out.</summary>
    public void Cancel() => _wheel?.Remove(this);

    public void LinkBefore(TimingWheelEntry head)
    {
        (Previous, Next) = (head.Previous, head);
        Previous.Next = this;
        head.Previous = this;
    }

    public void Unlink()
    {
        (Previous.Next, Next.Previous) = (Next, Previous);
        (Previous, Next) = (this, this);
    }
}
