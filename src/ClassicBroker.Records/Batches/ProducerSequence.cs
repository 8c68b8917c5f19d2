namespace ClassicBroker.Records;

/// <summary>Arithmetic of producer sequence numbers (KIP-98), which go from 2147483647 back to 0.</summary>
public static class ProducerSequence
{
    public static int Add(int sequence, int increment) =>
        sequence > int.MaxValue - increment ? increment - (int.MaxValue - sequence) - 1 : sequence + increment;

    public static int Subtract(int sequence, int decrement) =>
        sequence < decrement ? int.MaxValue - (decrement - sequence) + 1 : sequence - decrement;
}
