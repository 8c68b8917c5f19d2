using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>What became of an append: what a produce response says, and what replication counts.</summary>
public readonly record struct LogAppend
{
    /// <summary>Offset of the first record; of a duplicate the one it got the first time. -1 where the set was empty.</summary>
    public required long FirstOffset { get; init; }

    public required long LastOffset { get; init; }

    public required long MaxTimestamp { get; init; }

    /// <summary>When the leader appended, where the topic stamps that; -1 for create time.</summary>
    public long LogAppendTime { get; init; } = RecordFormat.NoTimestamp;

    public required long LogStartOffset { get; init; }

    /// <summary>
    /// The leader epoch the last record was appended in, by the leader that numbered it; unknown where a follower has it in an old format.
    /// </summary>
    public LeaderEpoch LeaderEpoch { get; init; } = LeaderEpoch.None;

    /// <summary>Records appended; -1 where only the leader that sent them knows.</summary>
    public int RecordCount { get; init; }

    public int SizeInBytes { get; init; }

    /// <summary>The batch was there already (KIP-98): nothing was appended, the offsets are those of the first time.</summary>
    public bool IsDuplicate { get; init; }

    /// <summary>
    /// It was there already, before what is remembered since the log was opened. Where, is not known; <see cref="LastOffset"/> lies
    /// behind it.
    /// </summary>
    public bool IsForgotten { get; init; }

    /// <summary>Batches of a later leader epoch than the replica follows were left out.</summary>
    public bool IsEndedByLaterEpoch { get; init; }

    /// <summary>The leader rebuilt the records in another format or codec.</summary>
    public bool IsConverted { get; init; }

    /// <summary>How long that took; zero where nothing was rebuilt.</summary>
    public TimeSpan ConversionTime { get; init; }

    public LogAppend()
    {
    }

    internal static LogAppend Empty(long logStartOffset) => new()
    {
        FirstOffset = RecordFormat.NoOffset,
        LastOffset = RecordFormat.NoOffset,
        MaxTimestamp = RecordFormat.NoTimestamp,
        LogStartOffset = logStartOffset,
    };
}
