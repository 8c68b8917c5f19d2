using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// The leader epochs of a log and where each began (KIP-101, Kafka's LeaderEpochFileCache), strictly increasing in both, and mirrored in
/// <c>leader-epoch-checkpoint</c>. Threading: written under the log's lock, read by any thread: the list is replaced whole.
/// </summary>
internal sealed class LeaderEpochCache
{
    private readonly LeaderEpochCheckpointFile _checkpoint;
    private volatile EpochEntry[] _entries;

    private LeaderEpochCache(LeaderEpochCheckpointFile checkpoint, EpochEntry[] entries)
    {
        _checkpoint = checkpoint;
        _entries = entries;
    }

    public IReadOnlyList<EpochEntry> Entries => _entries;

    public LeaderEpoch LatestEpoch => _entries is [.., var last] ? last.Epoch : LeaderEpoch.None;

    /// <summary>Loads what the checkpoint says; entries out of order, which no broker writes, give way to later ones.</summary>
    /// <exception cref="MalformedDataException">The checkpoint cannot be read.</exception>
    public static LeaderEpochCache Load(PartitionDirectory directory)
    {
        var checkpoint = new LeaderEpochCheckpointFile(directory);
        var entries = new List<EpochEntry>();
        foreach (var entry in checkpoint.Read())
        {
            Add(entries, entry);
        }

        return new LeaderEpochCache(checkpoint, [.. entries]);
    }

    /// <summary>
    /// A cache with nothing in it, whatever the checkpoint says: its file is unreadable and recovery makes the entries again.
    /// </summary>
    public static LeaderEpochCache Empty(PartitionDirectory directory) => new(new LeaderEpochCheckpointFile(directory), []);

    /// <summary>Notes that <paramref name="epoch"/> began at <paramref name="startOffset"/>, unless that is known.</summary>
    public void Assign(LeaderEpoch epoch, long startOffset)
    {
        if (!epoch.IsKnown || (_entries is [.., var last] && last.Epoch == epoch && last.StartOffset <= startOffset))
        {
            return;
        }

        var entries = new List<EpochEntry>(_entries);
        Add(entries, new(epoch, startOffset));
        Replace([.. entries]);
    }

    /// <summary>Where <paramref name="requested"/> ended; <paramref name="logEndOffset"/> where it is the latest.</summary>
    public EpochEndOffset EndOffsetFor(LeaderEpoch requested, long logEndOffset)
    {
        var entries = _entries;
        if (requested == LeaderEpoch.None || entries.Length == 0)
        {
            return EpochEndOffset.Undefined;
        }

        if (requested == entries[^1].Epoch)
        {
            return new(requested, logEndOffset);
        }

        var higher = Array.FindIndex(entries, entry => entry.Epoch > requested);
        return higher switch
        {
            < 0 => EpochEndOffset.Undefined,
            0 => new(requested, entries[0].StartOffset),
            _ => new(entries[higher - 1].Epoch, entries[higher].StartOffset),
        };
    }

    /// <summary>The epoch the record at <paramref name="offset"/> was appended in.</summary>
    public LeaderEpoch EpochOf(long offset)
    {
        var entries = _entries;
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            if (entries[i].StartOffset <= offset)
            {
                return entries[i].Epoch;
            }
        }

        return LeaderEpoch.None;
    }

    /// <summary>Where an epoch began, or the log does behind that; null where no record of the epoch is known.</summary>
    public long? StartOf(LeaderEpoch epoch)
    {
        var entries = _entries;
        return Array.FindIndex(entries, entry => entry.Epoch == epoch) is var found and >= 0 ? entries[found].StartOffset : null;
    }

    /// <summary>Drops the epochs that began at or behind <paramref name="endOffset"/>.</summary>
    public void TruncateFromEnd(long endOffset)
    {
        var entries = _entries;
        if (entries is [.., var last] && last.StartOffset >= endOffset)
        {
            Replace([.. entries.TakeWhile(entry => entry.StartOffset < endOffset)]);
        }
    }

    /// <summary>Drops the epochs that ended before <paramref name="startOffset"/>; the one it lies in begins there from now on.</summary>
    public void TruncateFromStart(long startOffset)
    {
        var entries = _entries;
        var covering = Array.FindLastIndex(entries, entry => entry.StartOffset <= startOffset);
        if (covering < 0 || (covering == 0 && entries[0].StartOffset == startOffset))
        {
            return;
        }

        Replace([new(entries[covering].Epoch, startOffset), .. entries[(covering + 1)..]]);
    }

    /// <inheritdoc cref="UnsyncedFile.Sync"/>
    public bool Sync() => _checkpoint.Sync();

    public void Clear()
    {
        if (_entries.Length > 0)
        {
            Replace([]);
        }
    }

    private static void Add(List<EpochEntry> entries, EpochEntry entry)
    {
        var kept = entries.FindIndex(other => other.Epoch >= entry.Epoch || other.StartOffset >= entry.StartOffset);
        if (kept >= 0)
        {
            entries.RemoveRange(kept, entries.Count - kept);
        }

        entries.Add(entry);
    }

    private void Replace(EpochEntry[] entries)
    {
        _checkpoint.Write(entries);
        _entries = entries;
    }
}
