namespace ClassicBroker.Storage;

/// <summary>
/// Takes files out of a log: renamed at once, deleted after <c>file.delete.delay.ms</c>, so that present readers can finish.
/// Threading: called under the log's lock; deletes as disk work.
/// </summary>
internal sealed class SegmentRemoval(PartitionDirectory directory, LogDirectory parent, StorageEnvironment environment)
{
    /// <summary>Removes segments that are in no list of the log any more.</summary>
    public void Remove(IReadOnlyCollection<LogSegment> segments, ProducerSnapshots snapshots, long delayMs)
    {
        if (segments.Count > 0)
        {
            DeleteLater(segments, Rename(segments, snapshots), delayMs);
        }
    }

    /// <summary>
    /// Renames the files of segments, so that others may take their names; they can be read on. Returns the snapshots renamed with them,
    /// for <see cref="DeleteLater"/> to delete as well.
    /// </summary>
    public static IReadOnlyList<string> Rename(IReadOnlyCollection<LogSegment> segments, ProducerSnapshots snapshots)
    {
        var files = new List<string>();
        foreach (var segment in segments)
        {
            segment.MarkDeleted();
            if (snapshots.MarkDeleted(segment.BaseOffset) is { } snapshot)
            {
                files.Add(snapshot);
            }
        }

        return files;
    }

    /// <summary>Deletes what was renamed. Not before the segments are out of the log's list: a reader would find them gone.</summary>
    public void DeleteLater(IReadOnlyCollection<LogSegment> segments, IReadOnlyList<string> snapshots, long delayMs) =>
        environment.ScheduleDiskWork(() => parent.Attempt(() => Delete(segments, snapshots)), DeletionDelay.Of(delayMs));

    private void Delete(IReadOnlyCollection<LogSegment> segments, IReadOnlyList<string> files)
    {
        foreach (var segment in segments)
        {
            segment.Delete();
        }

        foreach (var file in files)
        {
            directory.Files.DeleteFile(directory.File(file));
        }
    }
}
