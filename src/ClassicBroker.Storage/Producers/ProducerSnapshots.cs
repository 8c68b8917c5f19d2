using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// The producer snapshots in a partition directory, by the offset behind their content. Threading: under the log's lock; the loader's
/// loop before the log is open.
/// </summary>
internal sealed class ProducerSnapshots(PartitionDirectory directory, ILogger logger)
{
    private readonly SortedSet<long> _offsets = [];

    public long? Latest => _offsets.Count == 0 ? null : _offsets.Max;

    public void Add(long offset) => _offsets.Add(offset);

    public void Write(long offset, IReadOnlyCollection<ProducerEntry> producers, bool sync)
    {
        ProducerSnapshotFile.Write(directory.Files, PathOf(offset), producers, sync);
        _offsets.Add(offset);
    }

    /// <summary>Opens the snapshot at <paramref name="offset"/>, for the caller to sync; null where there is none any more.</summary>
    public IBlockFile? TryOpen(long offset) =>
        _offsets.Contains(offset) ? directory.Files.Open(PathOf(offset), FileOpenMode.Existing) : null;

    /// <summary>The newest snapshot that can be read; unreadable ones are deleted on the way.</summary>
    public (long Offset, List<ProducerEntry> Producers)? LoadLatest()
    {
        while (Latest is { } offset)
        {
            try
            {
                return (offset, ProducerSnapshotFile.Read(directory.Files, PathOf(offset)).ConvertAll(entry => entry.ToProducer()));
            }
            catch (MalformedDataException malformed)
            {
                logger.LogWarning("Failed to load producer snapshot from '{Path}': {Reason}", PathOf(offset), malformed.Message);
                Delete(offset);
            }
        }

        return null;
    }

    /// <summary>
    /// Deletes snapshots that belong to no segment, except the newest of them if it lies behind all segments' beginnings: the one a clean
    /// shutdown took.
    /// </summary>
    public void RemoveStray(SegmentList segments)
    {
        var bases = new HashSet<long>();
        foreach (var segment in segments.All)
        {
            bases.Add(segment.BaseOffset);
        }

        var newest = Latest;
        var last = segments.Active.BaseOffset;
        DeleteWhere(offset => !bases.Contains(offset) && !(offset == newest && offset > last));
    }

    public void DeleteWhere(Predicate<long> isUnwanted)
    {
        foreach (var offset in _offsets.Where(offset => isUnwanted(offset)).ToList())
        {
            Delete(offset);
        }
    }

    /// <summary>Forgets the snapshot and renames its file out of the way; returns where it is now, for deletion later.</summary>
    public string? MarkDeleted(long offset)
    {
        if (!_offsets.Remove(offset))
        {
            return null;
        }

        var marked = PathOf(offset) + LogFileNames.DeletedSuffix;
        directory.Files.Rename(PathOf(offset), marked);
        return LogFileNames.Of(offset, LogFileNames.ProducerSnapshotSuffix) + LogFileNames.DeletedSuffix;
    }

    private void Delete(long offset)
    {
        directory.Files.DeleteFile(PathOf(offset));
        _offsets.Remove(offset);
    }

    private string PathOf(long offset) => directory.File(LogFileNames.Of(offset, LogFileNames.ProducerSnapshotSuffix));
}
