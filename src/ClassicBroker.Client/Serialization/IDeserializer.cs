namespace ClassicBroker.Client;

/// <summary>Turns bytes into keys or values. Called from any thread; an implementation keeps no state between calls.</summary>
public interface IDeserializer<out T>
{
    /// <summary>
    /// Reads <paramref name="data"/>, which is valid during the call only. <paramref name="isNull"/> tells a null from an empty one.
    /// </summary>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull);
}
