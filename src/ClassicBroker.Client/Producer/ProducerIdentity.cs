using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>The id and epoch under which a broker knows an idempotent producer (KIP-98).</summary>
internal readonly record struct ProducerIdentity(long ProducerId, short Epoch)
{
    public static readonly ProducerIdentity None = new(RecordFormat.NoProducerId, RecordFormat.NoProducerEpoch);

    public bool IsNone => ProducerId == RecordFormat.NoProducerId;

    /// <summary>As Kafka's messages name it.</summary>
    public override string ToString() => $"ProducerIdAndEpoch(producerId={ProducerId}, epoch={Epoch})";
}
