using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>The answer to InitProducerId.</summary>
public readonly record struct InitializedProducer(ErrorCode Error, long ProducerId, short ProducerEpoch)
{
    public static InitializedProducer Refused(ErrorCode error) => new(error, RecordFormat.NoProducerId, RecordFormat.NoProducerEpoch);
}
