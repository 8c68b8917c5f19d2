using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// What is known of a set of records once it is ready to be written, so that it is not walked again under the log's lock.
/// </summary>
/// <param name="FirstOffset">-1 where only decompression would tell.</param>
/// <param name="HasProducers">Some batch comes from an idempotent or transactional producer.</param>
/// <param name="HasEpochChange">The batches differ in leader epoch or format.</param>
internal readonly record struct AppendPlan(
    long FirstOffset,
    long LastOffset,
    long MaxTimestamp,
    long ShallowOffsetOfMaxTimestamp,
    int RecordCount,
    long LogAppendTime,
    bool IsConverted,
    AppendOrigin Origin,
    bool HasProducers,
    bool HasEpochChange)
{
    /// <summary>What a leader demands of transactional batches.</summary>
    public AppendVerification Verification { get; init; }

    /// <inheritdoc cref="LogAppend.LeaderEpoch"/>
    public LeaderEpoch LeaderEpoch { get; init; } = LeaderEpoch.None;

    /// <summary>A leader's append. Only batches of format 2 have producers, and of those there is one.</summary>
    public static AppendPlan Of(in ValidatedRecords records, AppendOrigin origin, LeaderEpoch leaderEpoch) => new(
        records.FirstOffset,
        records.LastOffset,
        records.MaxTimestamp,
        records.ShallowOffsetOfMaxTimestamp,
        records.RecordCount,
        records.LogAppendTime,
        records.IsRebuilt,
        origin,
        HasProducers: records.Magic >= RecordFormat.MagicV2 && new RecordBatchHeader(records.Records.Span).HasProducerId,
        HasEpochChange: false)
    {
        LeaderEpoch = leaderEpoch,
    };

    /// <summary>A follower's append, of batches that the leader numbered.</summary>
    public static AppendPlan Of(in RecordSetAnalysis analysis) => new(
        analysis.FirstOffset,
        analysis.LastOffset,
        analysis.MaxTimestamp,
        analysis.ShallowOffsetOfMaxTimestamp,
        RecordCount: -1,
        RecordFormat.NoTimestamp,
        IsConverted: false,
        AppendOrigin.Replication,
        analysis.HasProducers,
        analysis.HasEpochChange)
    {
        LeaderEpoch = new LeaderEpoch(analysis.LastLeaderEpoch),
    };

    public LogAppend ToAppend(long logStartOffset, int sizeInBytes) => new()
    {
        FirstOffset = FirstOffset,
        LastOffset = LastOffset,
        MaxTimestamp = MaxTimestamp,
        LogAppendTime = LogAppendTime,
        LogStartOffset = logStartOffset,
        LeaderEpoch = LeaderEpoch,
        RecordCount = RecordCount,
        SizeInBytes = sizeInBytes,
        IsConverted = IsConverted,
    };
}
