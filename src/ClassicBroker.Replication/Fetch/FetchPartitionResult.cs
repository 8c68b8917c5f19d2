using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Fetch;

/// <summary>
/// What a fetch got from one partition. The caller owns <see cref="Records"/>: it sends the region, or calls
/// <see cref="Discard"/>.
/// </summary>
public readonly record struct FetchPartitionResult
{
    private const int NoReplica = -1;

    public FetchPartitionResult()
    {
    }

    public ErrorCode Error { get; init; }

    public FileRegion? Records { get; init; }

    public long HighWatermark { get; init; }

    public long LastStableOffset { get; init; }

    public long LogStartOffset { get; init; }

    /// <summary>For read_committed only; null otherwise.</summary>
    public IReadOnlyList<AbortedTransaction>? AbortedTransactions { get; init; }

    /// <summary>Where the requester's log parted from the leader's (KIP-595).</summary>
    public EpochEndOffset? Diverging { get; init; }

    /// <summary>The replica the consumer shall read from instead (KIP-392); -1 where that is this one.</summary>
    public int PreferredReplica { get; init; } = NoReplica;

    /// <summary>Where the reader stands, for counting bytes while it waits.</summary>
    public LogOffset FetchOffset { get; init; }

    /// <summary>The largest magic a batch of <see cref="Records"/> may have: whether older requesters need a conversion.</summary>
    public byte Magic { get; init; }

    /// <summary>Nothing was read, because it could have taken long: see <see cref="LogRead.IsCold"/>.</summary>
    public bool IsCold { get; init; }

    public bool HasPreferredReplica => PreferredReplica != NoReplica;

    public int SizeInBytes => Records?.Length ?? 0;

    public static FetchPartitionResult Failed(ErrorCode error) =>
        new()
        {
            Error = error,
            HighWatermark = -1,
            LastStableOffset = -1,
            LogStartOffset = -1,
        };

    /// <summary>The answer for what the metadata does not know: to Kafka's readers an empty list of transactions, not none.</summary>
    public static FetchPartitionResult Unknown(ErrorCode error) => Failed(error) with { AbortedTransactions = [] };

    public FetchSessionStep ToSessionStep() =>
        new(
            SizeInBytes,
            HighWatermark,
            LogStartOffset,
            Error != ErrorCode.None || Diverging is not null || HasPreferredReplica);

    /// <summary>Gives the region back unsent.</summary>
    public void Discard() => Records?.File.Release();
}
