using ClassicBroker.Client;

namespace ClassicBroker.Tools.Performance;

/// <summary>Counts the bytes of a key or value and leaves them where they are. Stateless.</summary>
internal sealed class PayloadSize : IDeserializer<int>
{
    public static readonly PayloadSize Instance = new();

    public int Deserialize(ReadOnlySpan<byte> data, bool isNull) => data.Length;
}
