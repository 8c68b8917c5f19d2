namespace ClassicBroker.Storage;

/// <summary>
/// Syncs the records appended to a log, not their indexes, as disk work, while appends go on: one sync at a time, and each for all that
/// was appended before it began, so that the more records come, the more a sync makes durable. Threading: any thread asks.
/// Failure: takes the log directory offline.
/// </summary>
internal sealed class GroupCommit(LogState log)
{
    private int _requests;

    /// <summary>Asks for a sync of what the log holds now; <paramref name="synced"/> is told, as disk work, after each one.</summary>
    public void Request(Action synced)
    {
        if (Interlocked.Increment(ref _requests) == 1)
        {
            log.Environment.DiskWork.Execute(() => Run(synced));
        }
    }

    private void Run(Action synced)
    {
        var covered = Volatile.Read(ref _requests);
        log.Parent.Attempt(() => log.Flush.RunOnRecords(log, log.LogEndOffset));
        synced();
        if (Interlocked.Add(ref _requests, -covered) > 0)
        {
            log.Environment.DiskWork.Execute(() => Run(synced));
        }
    }
}
