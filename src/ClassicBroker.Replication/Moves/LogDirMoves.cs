using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Quotas;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Moves;

/// <summary>
/// Moves replicas between the log directories of this broker (KIP-113, Kafka's ReplicaAlterLogDirsManager): fills a future log piece by
/// piece and swaps it for the current one. What a crash interrupts goes on when the controller next speaks of the partition.
/// Threading: any thread; one lock guards which moves there are. Pieces are copied by threads of their own, one of a move at a time, so
/// that no loop and no other disk work waits for a slow disk. Lock order: state changes of the replica manager, partition, log store.
/// </summary>
public sealed partial class LogDirMoves(
    ReplicaManager replicas, IExecutor workers, IEventLoop timers, ReplicationQuota quota, ILogger logger)
{
    private const int PieceBytes = 1024 * 1024;

    /// <summary>Of what a swap copies while the partition and all state changes wait for it.</summary>
    private const int LastPieceBytes = 64 * 1024;

    /// <summary>A piece that is read while its log is cut may be broken, many in a row are so on the disk.</summary>
    private const int RefusalsMax = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<TopicPartition, LogDirMove> _moves = [];
    private readonly HashSet<TopicPartition> _failed = [];
    private readonly MetricCounter _pieces = new();
    private bool _isStopped;

    /// <summary>Records by which the copy furthest behind its replica is behind.</summary>
    public long LagMax
    {
        get
        {
            lock (_lock)
            {
                return _moves.Values
                    .Select(move => Math.Max(0, (move.Partition.Log?.LogEndOffset ?? 0) - move.Future.LogEndOffset))
                    .DefaultIfEmpty()
                    .Max();
            }
        }
    }

    /// <summary>Pieces copied since the start.</summary>
    public long PieceCount => _pieces.Value;

    /// <summary>Replicas whose move has failed and was not begun again.</summary>
    public int FailedCount
    {
        get
        {
            lock (_lock)
            {
                return _failed.Count;
            }
        }
    }

    /// <summary>Replicas on their way.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _moves.Count;
            }
        }
    }

    /// <summary>
    /// Begins to move a replica this broker holds, or calls a move off where it lies in the directory already. Makes files.
    /// </summary>
    public ErrorCode Begin(Partition partition, LogDirectory destination)
    {
        var topicPartition = partition.TopicPartition;
        lock (replicas.StateChange)
        {
            if (partition.Log is not { } current)
            {
                return ErrorCode.ReplicaNotAvailable;
            }

            try
            {
                if (replicas.Logs.Find(topicPartition, isFuture: true) is { } underWay)
                {
                    if (underWay.Directory == destination)
                    {
                        Resume(partition, underWay);
                        return ErrorCode.None;
                    }

                    Cancel(topicPartition);
                }

                if (current.Directory == destination)
                {
                    return ErrorCode.None;
                }

                replicas.Logs.PreferDirectory(topicPartition, destination.Path);
                replicas.Logs.GetOrCreate(new LogCreation(topicPartition, current.Config, current.TopicId, IsNew: false, IsFuture: true));
                replicas.Logs.SyncDirectories();
            }
            catch (StorageException failure)
            {
                LogFailure(topicPartition, failure.Message);
                return ErrorCode.KafkaStorageError;
            }
        }

        LogBegin(topicPartition, destination.Path);
        Resume([partition]);
        return ErrorCode.None;
    }

    /// <summary>Goes on with the moves of these replicas, of which the controller has just spoken.</summary>
    public void Resume(IEnumerable<Partition> partitions)
    {
        foreach (var partition in partitions)
        {
            if (replicas.Logs.Find(partition.TopicPartition, isFuture: true) is { } future)
            {
                Resume(partition, future);
            }
        }
    }

    /// <summary>Begins no more pieces. What is copied stays.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            foreach (var move in _moves.Values)
            {
                move.IsStopped = true;
            }

            _moves.Clear();
        }
    }

    private void Resume(Partition partition, PartitionLog future)
    {
        lock (_lock)
        {
            var known = _moves.GetValueOrDefault(partition.TopicPartition);
            if (_isStopped || (known?.Partition == partition && known.Future == future))
            {
                return;
            }

            if (known is not null)
            {
                known.IsStopped = true;
            }

            var move = new LogDirMove(partition, future);
            _moves[partition.TopicPartition] = move;
            _failed.Remove(partition.TopicPartition);
            partition.Future.Begin();
            Continue(move);
        }
    }

    /// <summary>The copy is deleted. Under the lock of state changes.</summary>
    private void Cancel(TopicPartition topicPartition)
    {
        lock (_lock)
        {
            _failed.Remove(topicPartition);
            if (_moves.Remove(topicPartition, out var move))
            {
                move.IsStopped = true;
            }
        }

        replicas.Logs.Delete(topicPartition, isFuture: true);
        replicas.Logs.SyncDirectories();
        LogCancel(topicPartition);
    }

    private void Continue(LogDirMove move) => workers.Execute(() => Step(move));

    private void Step(LogDirMove move)
    {
        if (move.IsStopped || replicas.Logs.Find(move.Partition.TopicPartition, isFuture: true) != move.Future)
        {
            End(move);
            return;
        }

        try
        {
            Advance(move);
        }
        catch (Exception refusal) when (refusal is RecordsException or UnexpectedAppendOffsetException && ++move.Refusals < RefusalsMax)
        {
            timers.Schedule(() => Continue(move), Pause);
        }
        catch (Exception failure) when (failure is StorageException or RecordsException or UnexpectedAppendOffsetException)
        {
            // A disk that failed has taken its directory offline. Broken records stay where they are: the replica is not moved.
            LogFailure(move.Partition.TopicPartition, failure.Message);
            Fail(move);
        }
    }

    private void Advance(LogDirMove move)
    {
        if (quota.IsExceeded)
        {
            timers.Schedule(() => Continue(move), Pause);
            return;
        }

        var copied = move.Partition.Future.Copy(move.Future, PieceBytes);
        if (copied < 0)
        {
            End(move);
            return;
        }

        quota.Record(copied);
        _pieces.Increment();
        move.Refusals = 0;
        if (copied > 0)
        {
            Continue(move);
        }
        else if (!move.IsFlushed)
        {
            // What the current log has synced must not be lost with it. More comes meanwhile, but less.
            move.Future.Flush();
            move.IsFlushed = true;
            Continue(move);
        }
        else
        {
            Replace(move);
        }
    }

    private void Replace(LogDirMove move)
    {
        switch (TryReplace(move))
        {
            case LogDirSwap.Done:
                LogEnd(move.Partition.TopicPartition, move.Future.Directory.Path);
                End(move);
                break;
            case LogDirSwap.IsBehind:
                Continue(move);
                break;
            default:
                move.IsFlushed = false;
                timers.Schedule(() => Continue(move), Pause);
                break;
        }
    }

    private LogDirSwap TryReplace(LogDirMove move)
    {
        lock (replicas.StateChange)
        {
            return move.IsStopped ? LogDirSwap.MustWait : move.Partition.Future.TryReplace(
                move.Future,
                LastPieceBytes,
                replicas.SyncsBeforeAcknowledging,
                () => replicas.Logs.ReplaceCurrentWithFuture(move.Partition.TopicPartition));
        }
    }

    private void Fail(LogDirMove move)
    {
        lock (_lock)
        {
            _failed.Add(move.Partition.TopicPartition);
        }

        End(move);
    }

    private void End(LogDirMove move)
    {
        lock (_lock)
        {
            if (_moves.GetValueOrDefault(move.Partition.TopicPartition) == move)
            {
                _moves.Remove(move.Partition.TopicPartition);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Moving replica of {Partition} to log directory {Directory}")]
    private partial void LogBegin(TopicPartition partition, string directory);

    [LoggerMessage(Level = LogLevel.Information, Message = "The move of the replica of {Partition} was called off")]
    private partial void LogCancel(TopicPartition partition);

    [LoggerMessage(Level = LogLevel.Information, Message = "The replica of {Partition} lies in log directory {Directory} now")]
    private partial void LogEnd(TopicPartition partition, string directory);

    [LoggerMessage(Level = LogLevel.Error, Message = "The replica of {Partition} is not moved between log directories: {Reason}")]
    private partial void LogFailure(TopicPartition partition, string reason);
}
