using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>What is remembered of an appended batch to recognise it when it is sent again.</summary>
public readonly record struct BatchSequence(int LastSequence, long LastOffset, int OffsetDelta, long Timestamp)
{
    public int FirstSequence => ProducerSequence.Subtract(LastSequence, OffsetDelta);

    public long FirstOffset => LastOffset - OffsetDelta;
}
