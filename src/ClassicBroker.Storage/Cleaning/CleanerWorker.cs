using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// One of <c>log.cleaner.threads</c>: cleans one log after the other, and pauses when there is none. Works in turns of disk work, so that
/// no thread waits for it and it waits for none. Owned by the <see cref="LogCleaner"/>. Threading: any thread starts and stops it; one turn
/// at a time, under its lock.
/// </summary>
internal sealed class CleanerWorker(
    int id, CleanerState state, CleanerSettings settings, CleanerThrottle throttle, StorageEnvironment environment, ILogger logger)
{
    /// <summary>Bytes moved before others get the thread.</summary>
    private const int BytesPerTurn = 4 * 1024 * 1024;

    private readonly Lock _turn = new();
    private readonly OffsetMap _map = new(
        Math.Min(settings.DedupeBufferBytes / settings.Threads, int.MaxValue),
        settings.LoadFactor,
        Seed(environment.Random));

    private CleanerStatistics _last = CleanerStatistics.None;
    private CleaningPass? _pass;
    private IEnumerator<int>? _steps;
    private volatile IScheduledWork? _next;
    private volatile bool _isStopped;
    private volatile bool _isDead;

    /// <summary>What its last cleaning moved.</summary>
    public CleanerStatistics Last => Volatile.Read(ref _last);

    /// <summary>Has it ended of a fault?</summary>
    public bool IsDead => _isDead;

    public void Start() => environment.DiskWork.Execute(Turn);

    /// <summary>Ends it: waits for the turn it is at, and gives the log up that it is cleaning.</summary>
    public void Stop()
    {
        _isStopped = true;
        _next?.Cancel();
        lock (_turn)
        {
            if (_pass is { } pass)
            {
                End(pass, pass.Target.FirstDirtyOffset);
            }
        }
    }

    private static long Seed(IRandomSource random) => ((long)random.Next(int.MaxValue) << 32) | (uint)random.Next(int.MaxValue);

    private void Turn()
    {
        lock (_turn)
        {
            if (_isStopped)
            {
                return;
            }

            try
            {
                Schedule(Work());
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                _isDead = true;
                logger.LogError(fault, "[kafka-log-cleaner-thread-{Id}]: Error due to", id);
            }
        }
    }

    private void Schedule(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero)
        {
            _next = environment.ScheduleDiskWork(Turn, pause);
        }
        else
        {
            environment.DiskWork.Execute(Turn);
        }
    }

    /// <summary>Does a turn's work; how long to pause before the next.</summary>
    private TimeSpan Work()
    {
        if (_pass is null && !TryBegin())
        {
            DeleteOldSegments();
            return TimeSpan.FromMilliseconds(Math.Clamp(settings.BackoffMs, 1, int.MaxValue));
        }

        for (var bytes = 0; bytes < BytesPerTurn;)
        {
            if (!TryStep(_pass!, out var moved))
            {
                DeleteOldSegments();
                return TimeSpan.Zero;
            }

            bytes += moved;
            if (throttle.Pause(moved) is var pause && pause > TimeSpan.Zero)
            {
                return pause;
            }
        }

        return TimeSpan.Zero;
    }

    private bool TryBegin()
    {
        if (state.Grab() is not { } target)
        {
            return false;
        }

        _pass = new CleaningPass(id, target, _map, settings.IoBufferBytes / settings.Threads / 2, environment, logger);
        _steps = _pass.Run().GetEnumerator();
        return true;
    }

    /// <summary>Moves the pass on; false where it has ended, one way or the other.</summary>
    private bool TryStep(CleaningPass pass, out int moved)
    {
        moved = 0;
        var log = pass.Target.Log;
        try
        {
            if (_steps!.MoveNext())
            {
                moved = _steps.Current;
                return true;
            }

            Tell(pass);
            End(pass, pass.EndOffset);
        }
        catch (LogCleaningAbortedException aborted)
        {
            logger.LogInformation("Cleaner {Id}: Cleaning of {Log} is aborted: {Reason}", id, log.Partition, aborted.Message);
            End(pass, pass.Target.FirstDirtyOffset);
        }
        catch (Exception failure) when ((failure is StorageException or ObjectDisposedException) && HasLogChanged(pass))
        {
            logger.LogInformation("Cleaner {Id}: Cleaning of {Log} is aborted: {Reason}", id, log.Partition, failure.Message);
            End(pass, pass.Target.FirstDirtyOffset);
        }
        catch (StorageException failure)
        {
            log.Directory.TakeOffline(failure);
            End(pass, pass.Target.FirstDirtyOffset);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            End(pass, pass.Target.FirstDirtyOffset);
            state.MarkUncleanable(log, fault);
        }

        return false;
    }

    /// <summary>Did a deletion or a cut close a file under the pass?</summary>
    private static bool HasLogChanged(CleaningPass pass)
    {
        var compaction = pass.Target.Log.Compaction;
        return compaction.IsGone || pass.HasLogChanged;
    }

    private void End(CleaningPass pass, long firstDirtyOffset)
    {
        _steps!.Dispose();
        (_pass, _steps) = (null, null);
        state.Done(pass.Target, firstDirtyOffset);
    }

    private void Tell(CleaningPass pass)
    {
        Volatile.Write(ref _last, pass.Statistics);
        logger.LogInformation(
            "[kafka-log-cleaner-thread-{Id}]: {Summary}",
            id,
            CleanerText.Of(id, pass.Target.Log.Partition.ToString(), pass.Target.FirstDirtyOffset, pass.EndOffset, pass.Statistics));
        if (pass.Statistics.InvalidMessages > 0)
        {
            logger.LogWarning(
                "[kafka-log-cleaner-thread-{Id}]: \tFound {Count} invalid messages during compaction.",
                id,
                pass.Statistics.InvalidMessages);
        }
    }

    private void DeleteOldSegments()
    {
        foreach (var log in state.Deletable())
        {
            try
            {
                log.DeleteOldSegments();
            }
            catch (StorageException refused)
            {
                // The log has taken its directory offline if its disk failed; else it was deleted meanwhile.
                logger.LogDebug("Skipping {Partition}: {Reason}", log.Partition, refused.Message);
            }
        }
    }
}
