namespace ClassicBroker.Replication.Tests;

/// <summary>
/// The replica of another broker: which batches it has, and in which epoch it follows. Threading: under its <see cref="Lock"/>; its end is
/// read by any thread.
/// </summary>
internal sealed class StressedFollower(int id)
{
    private readonly SortedDictionary<long, (long NextOffset, uint Hash)> _batches = [];
    private long _end;

    public int Id { get; } = id;

    public Lock Lock { get; } = new();

    public int Epoch { get; private set; }

    public long End => Volatile.Read(ref _end);

    public void Append(long baseOffset, long nextOffset, uint hash)
    {
        if (baseOffset == _end)
        {
            _batches[baseOffset] = (nextOffset, hash);
            Volatile.Write(ref _end, nextOffset);
        }
    }

    /// <summary>Follows in a new epoch whose leader's log reaches to <paramref name="leaderEnd"/>: what lies behind that is cut.</summary>
    public void Follow(int epoch, long leaderEnd)
    {
        Epoch = epoch;
        while (_end > leaderEnd)
        {
            var last = _batches.Last();
            _batches.Remove(last.Key);
            Volatile.Write(ref _end, last.Key);
        }
    }

    public uint HashAt(long baseOffset) => _batches[baseOffset].Hash;
}
