using ClassicBroker.Replication.Partitions;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Moves;

/// <summary>
/// One replica on its way to another log directory. Owned by <see cref="LogDirMoves"/>. Threading: one piece of disk work at a time.
/// </summary>
internal sealed class LogDirMove(Partition partition, PartitionLog future)
{
    private volatile bool _isStopped;

    /// <summary>Has the copy been synced since it first ended where the log does? What has come since is little.</summary>
    public bool IsFlushed { get; set; }

    /// <summary>Pieces in a row that could not be appended.</summary>
    public int Refusals { get; set; }

    public Partition Partition { get; } = partition;

    public PartitionLog Future { get; } = future;

    /// <summary>Set when the move was cancelled, or begun again by another.</summary>
    public bool IsStopped
    {
        get => _isStopped;
        set => _isStopped = value;
    }
}
