using ClassicBroker.Records;

namespace ClassicBroker.Storage.Tests;

/// <summary>What a test's batch has beside its records.</summary>
internal sealed record BatchTraits
{
    public CompressionCodec Codec { get; init; }

    public long ProducerId { get; init; } = RecordFormat.NoProducerId;

    public short ProducerEpoch { get; init; } = RecordFormat.NoProducerEpoch;

    public int Sequence { get; init; } = RecordFormat.NoSequence;

    public bool IsTransactional { get; init; }

    public long Timestamp { get; init; } = TestRecords.Epoch2026;
}
