using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// Takes files out of a log: renamed at once, deleted after <c>file.delete.delay.ms</c>, so that whoever reads them can finish.
/// Threading: called under the log's lock; deletes on the housekeeping loop.
/// </summary>
internal sealed class SegmentRemoval(PartitionDirectory directory, LogDirectory parent, IEventLoop housekeeping)
{
    public void Remove(IReadOnlyCollection<LogSegment> segments, ProducerSnapshots snapshots, long delayMs)
    {
        if (segments.Count == 0)
        {
            return;
        }

        var files = new List<string>();
        foreach (var segment in segments)
        {
            segment.MarkDeleted();
            if (snapshots.MarkDeleted(segment.BaseOffset) is { } snapshot)
            {
                files.Add(snapshot);
            }
        }

        housekeeping.Schedule(() => parent.Attempt(() => Delete(segments, files)), DeletionDelay.Of(delayMs));
    }

    private void Delete(IReadOnlyCollection<LogSegment> segments, List<string> files)
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
