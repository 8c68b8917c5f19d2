using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// Where the dirty section of each cleaned log of a directory begins: <c>cleaner-offset-checkpoint</c>, written with every change. Owned by
/// the <see cref="LogDirectory"/>. Threading: safe from any thread; changed under a log's lock too, its own lock comes after that.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="read">Reads it; once, when an offset is first asked for.</param>
internal sealed class CleanerCheckpoint(OffsetCheckpointFile file, Func<Dictionary<TopicPartition, long>> read)
{
    private readonly Lock _lock = new();
    private Dictionary<TopicPartition, long>? _offsets;

    /// <summary>Null where the log has never been cleaned.</summary>
    public long? Find(TopicPartition partition)
    {
        lock (_lock)
        {
            return Offsets().TryGetValue(partition, out var offset) ? offset : null;
        }
    }

    public void Set(TopicPartition partition, long offset)
    {
        lock (_lock)
        {
            Offsets()[partition] = offset;
            file.Write(Offsets());
        }
    }

    /// <summary>The log is cut at <paramref name="offset"/>: what is appended from there on is dirty.</summary>
    public void Lower(TopicPartition partition, long offset)
    {
        lock (_lock)
        {
            if (Offsets().TryGetValue(partition, out var clean) && clean > offset)
            {
                Set(partition, offset);
            }
        }
    }

    /// <summary>The log is no more. One of the same name must not inherit its offset.</summary>
    public void Remove(TopicPartition partition)
    {
        lock (_lock)
        {
            if (Offsets().Remove(partition))
            {
                file.Write(Offsets());
            }
        }
    }

    private Dictionary<TopicPartition, long> Offsets() => _offsets ??= read();
}
