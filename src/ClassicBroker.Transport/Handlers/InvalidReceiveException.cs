namespace ClassicBroker.Transport;

/// <summary>A peer announced a frame longer than any may be. Its connection is closed.</summary>
public sealed class InvalidReceiveException(int length, int lengthMax)
    : Exception(length < 0 ? $"Invalid receive (size = {length})" : $"Invalid receive (size = {length} larger than {lengthMax})")
{
    public int Length { get; } = length;

    public int LengthMax { get; } = lengthMax;
}
